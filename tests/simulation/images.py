"""Images as a generator builds them: only what evidence is read from."""

import hashlib
from datetime import timedelta

from tests.simulation.product import BASE, TAG
from watchdog.core.observation import Image, Observation
from watchdog.core.oci import Platform
from watchdog.core.reference import Digest

OCI = "org.opencontainers.image."
PLATFORMS = (Platform("linux", "amd64"), Platform("linux", "arm64"))


class Builder:
    """Builds images; each has a layer and so a digest of its own."""

    def __init__(self, rng, url):
        self._rng, self._count = rng, 0
        self._spellings = (url, f"{url}.git", url.replace("https://github.com/", "git@github.com:"))
        self.stack = (self.layer("os"), self.layer("python"))

    def layer(self, name):
        return Digest.of(f"{name} {self._rng.random()}".encode())

    def labels(self, revision, at, *, source=None, created=None):
        """Label as docker/metadata-action does, or by hand, or in the older vocabulary."""
        source = source or self._rng.choice(self._spellings)
        if self._rng.random() < 0.05:
            names = ("org.label-schema.vcs-url", "org.label-schema.vcs-ref")
        else:
            names = (f"{OCI}source", f"{OCI}revision")
        early = at - timedelta(minutes=self._rng.randint(0, 40))
        return {
            names[0]: source,
            names[1]: revision,
            f"{OCI}created": (created or early).isoformat(),
        }

    def image(self, labels, at, *, platform=PLATFORMS[0], layers=None, annotations=()):
        self._count += 1
        own = self.layer(f"own {self._count}")
        manifest = Digest.of(f"manifest {own}".encode())
        stack = (*(self.stack if layers is None else layers), own)
        pairs = tuple(sorted(labels.items()))
        return Image(platform, manifest, at, pairs, tuple(annotations), stack)

    def observation(self, *images, tag=TAG):
        digest = images[0].manifest
        if len(images) > 1:
            joined = "".join(str(image.manifest) for image in images)
            digest = Digest("sha256", hashlib.sha256(joined.encode()).hexdigest())
        return Observation(tag, digest, (), images, ())

    def build(self, revision, at, **how):
        """Build for one platform or two."""
        labels = self.labels(revision, at, **how)
        platforms = PLATFORMS if self._rng.random() < 0.2 else PLATFORMS[:1]
        return self.observation(*(self.image(labels, at, platform=p) for p in platforms))

    def base(self, labels, at):
        """Build a base image; images built upon it start with its layers."""
        return self.observation(self.image(labels, at), tag=BASE)
