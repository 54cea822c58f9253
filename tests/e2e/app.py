"""One watched image: its source repository, its builds, and pushing them with skopeo."""

import hashlib
import itertools
import json
import subprocess
from datetime import UTC, datetime

from tests.e2e.programs import program
from watchdog.demo.git import GitRepository
from watchdog.demo.images import ARM64, build_image, build_index, build_layer

BUILT = datetime(2026, 5, 18, 4, 30, tzinfo=UTC)
_numbers = itertools.count(1)


class App:
    """`group/name` in the registry, built from the git repository `group/name`."""

    def __init__(self, folder, git, registry, group):
        self.path = f"{group}/app{next(_numbers)}"
        self.registry = registry
        self.repository = f"{registry.host}/{self.path}"
        self.tag = f"{self.repository}:latest"
        self._folder = folder
        self._git = git
        self.source = git.url(self.path)
        self.code = GitRepository(git.folder / f"{self.path}.git")

    @property
    def held(self):
        """What the registry says that the tag holds."""
        return self.registry.held(self.tag)

    @property
    def digest(self):
        return self.registry.digest(self.tag)

    def commit(self, message="work"):
        return self.code.commit(message)

    def sibling(self):
        """The archived sibling: another repository, without common history, and its commit."""
        path = f"{self.path}-old"
        repository = GitRepository(self._git.folder / f"{path}.git", author="Old")
        return self._git.url(path), repository.commit("pre-fix code")

    def build(self, revision, *, source=None, labels=None, **more):
        """Build an image labelled as docker/metadata-action does; another one each time."""
        named = {
            "org.opencontainers.image.source": source or self.source,
            "org.opencontainers.image.revision": revision,
            "org.opencontainers.image.created": BUILT.isoformat(),
        }
        layer = build_layer({"build": str(next(_numbers)).encode()})
        return build_image(
            named if labels is None else labels, created=BUILT, layers=[layer], **more
        )

    def build_index(self, revision, *, source=None, statement=None):
        """Build for two platforms; with BuildKit's attestations if there is a statement."""
        images = [
            self.build(revision, source=source),
            self.build(revision, source=source, platform=ARM64),
        ]
        return build_index(images, attestation=statement)

    def push(self, image, tag=None):
        """Push with skopeo, which must not change a byte; returns the digest."""
        layout = self._folder / f"layout{next(_numbers)}"
        write_layout(layout, image)
        subprocess.run(
            [
                program("skopeo"),
                "--insecure-policy",
                "copy",
                "--quiet",
                "--all",
                "--preserve-digests",
                "--dest-tls-verify=false",
                f"oci:{layout}:image",
                f"docker://{tag or self.tag}",
            ],
            check=True,
            capture_output=True,
            timeout=30,
        )
        return str(image.digest)

    def pushed(self, revision, **more):
        """Build and push an image of one platform; returns the digest."""
        return self.push(self.build(revision, **more))


def write_layout(folder, image):
    """Write an image or index as an OCI image layout (image-spec, image-layout.md)."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for part in (image, *image.children):
        for body in part.blobs:
            _write_blob(blobs, body)
        _write_blob(blobs, part.manifest.body)
    manifest = image.manifest
    entry = {
        "mediaType": manifest.media_type,
        "digest": str(manifest.digest),
        "size": len(manifest.body),
        "annotations": {"org.opencontainers.image.ref.name": "image"},
    }
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def _write_blob(blobs, body):
    (blobs / hashlib.sha256(body).hexdigest()).write_bytes(body)
