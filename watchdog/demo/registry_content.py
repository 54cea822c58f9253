"""What the registry simulator holds: manifests, blobs and tags, readable as Quay would let them be.

Not thread safe: the simulator holds one lock around it.
"""

import json
import time
from dataclasses import dataclass, field

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import INDEX_TYPES
from watchdog.core.reference import Digest


class MissingPartError(Exception):
    """A manifest names content that was not pushed before it."""


@dataclass
class RepositoryContent:
    """One repository; `held` are manifests pushed by digest, which Quay keeps by a hidden tag."""

    manifests: dict[Digest, StoredManifest] = field(default_factory=dict)
    tags: dict[str, Digest] = field(default_factory=dict)
    previous: dict[str, Digest | None] = field(default_factory=dict)
    held: set[Digest] = field(default_factory=set)
    history: list[tuple[str, Digest, int]] = field(default_factory=list)
    """Every move as (tag, digest, second that it began in), the newest last."""

    def point(self, tag: str, digest: Digest) -> None:
        """Move a tag, remembering what a lagging replica would still answer."""
        self.previous[tag] = self.tags.get(tag)
        self.tags[tag] = digest
        self.history.append((tag, digest, int(time.time())))

    def readable(self) -> set[Digest]:
        """List what can be read by digest: what tags and hidden tags reach, not mere history."""
        reached = set(self.tags.values()) | self.held
        for digest in tuple(reached):
            reached.update(self.children(digest))
        return reached

    def children(self, digest: Digest) -> tuple[Digest, ...]:
        """List the manifests that an index names."""
        manifest = self.manifests.get(digest)
        return () if manifest is None else named_by(manifest)[0]


@dataclass
class RegistryContent:
    """All repositories, and the blobs that they share."""

    repositories: dict[str, RepositoryContent] = field(default_factory=dict)
    blobs: dict[Digest, bytes] = field(default_factory=dict)

    def at(self, path: str) -> RepositoryContent:
        """Return a repository, made at its first push as Quay does."""
        return self.repositories.setdefault(path, RepositoryContent())

    def tagged(self, path: str, tag: str, *, stale: bool = False) -> StoredManifest | None:
        """Find what a tag names; `stale`: what it named before."""
        content = self.repositories.get(path)
        if content is None or tag not in content.tags:
            return None
        digest = content.previous[tag] if stale else content.tags[tag]
        if digest is None:
            return None
        content.held.update({digest} if stale else ())
        return content.manifests[digest]

    def named(self, path: str, digest: Digest) -> StoredManifest | None:
        """Find a readable manifest by digest."""
        content = self.repositories.get(path)
        if content is None or digest not in content.readable():
            return None
        return content.manifests.get(digest)

    def store(self, path: str, reference: str, manifest: StoredManifest) -> None:
        """Take a manifest in under a tag or its digest; raises MissingPartError."""
        content = self.at(path)
        manifests, blobs = named_by(manifest)
        for digest in manifests:
            if digest not in content.manifests or digest not in content.readable():
                raise MissingPartError(str(digest))
        for digest in blobs:
            if digest not in self.blobs:
                raise MissingPartError(str(digest))
        content.manifests[manifest.digest] = manifest
        if ":" in reference:
            content.held.add(manifest.digest)
        else:
            content.point(reference, manifest.digest)

    def collect_garbage(self) -> None:
        """Drop all manifests that no tag reaches, as time does."""
        for content in self.repositories.values():
            content.held.clear()
            kept = content.readable()
            content.manifests = {key: m for key, m in content.manifests.items() if key in kept}


def named_by(manifest: StoredManifest) -> tuple[tuple[Digest, ...], tuple[Digest, ...]]:
    """List the manifests and the blobs that a manifest names."""
    document = json.loads(manifest.body)
    if manifest.media_type in INDEX_TYPES:
        return tuple(Digest.parse(entry["digest"]) for entry in document["manifests"]), ()
    parts = [document["config"], *document.get("layers", [])]
    return (), tuple(Digest.parse(part["digest"]) for part in parts)
