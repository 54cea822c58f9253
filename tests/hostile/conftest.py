"""The watchdog in one process, and registries that mean ill."""

import json
from dataclasses import replace

import pytest

from tests.registry.conftest import raw_server, serve, tls_hosts
from tests.work.conftest import APP, House, first, stack
from watchdog.core.observation import StoredManifest
from watchdog.core.oci import OCI_MANIFEST
from watchdog.core.reference import Digest

__all__ = ["first", "raw_server", "serve", "stack", "tls_hosts"]


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a registry that is asked in one way only: what it says cannot be evaded."""
    return House(stack, redis_client, tmp_path, {"enforce": "revert"}, kind="oci")


class Attacker:
    """Puts things under the watched tag that no honest client could push."""

    def __init__(self, house):
        self.house = house
        self.content = house.registry._content

    def manifest(self, body, media_type=OCI_MANIFEST, *, digest=None):
        """Put any bytes under the tag, perhaps by a digest that is not theirs."""
        manifest = StoredManifest(digest or Digest.of(body), media_type, body)
        held = self.content.at(APP)
        held.manifests[manifest.digest] = manifest
        held.point("latest", manifest.digest)
        return manifest.digest

    def image(self, revision, **how):
        """An honest image's manifest, as a document to be altered; its blobs are there."""
        image = self.house.build(revision, **how)
        self.content.blobs |= {Digest.of(blob): blob for blob in image.blobs}
        return json.loads(image.manifest.body)

    def config(self, revision, body, **descriptor):
        """Put a manifest under the tag whose config is any bytes."""
        document = self.image(revision)
        self.content.blobs[Digest.of(body)] = body
        document["config"] |= {"digest": str(Digest.of(body)), "size": len(body)} | descriptor
        return self.manifest(json.dumps(document).encode())

    def labels(self, revision, **labels):
        """Push an honestly built image with hostile labels."""
        named = {
            "org.opencontainers.image.source": self.house.source(),
            "org.opencontainers.image.revision": revision,
        }
        return self.house.push(revision, labels=named | labels)

    def child(self, image):
        """Store an image under its digest, without a tag."""
        self.content.blobs |= {Digest.of(blob): blob for blob in image.blobs}
        self.content.store(APP, str(image.digest), image.manifest)
        return image.digest

    def with_statement(self, index, body):
        """Put other bytes in place of the statement that an index was built with."""
        image, attested = index.children
        config = attested.blobs[0]
        document = json.loads(attested.manifest.body)
        document["layers"][0] |= {"digest": str(Digest.of(body)), "size": len(body)}
        manifest = _stored(document, attested.manifest.media_type)
        whole = json.loads(index.manifest.body)
        whole["manifests"][1] |= {"digest": str(manifest.digest), "size": len(manifest.body)}
        return replace(
            index,
            manifest=_stored(whole, index.manifest.media_type),
            children=(image, replace(attested, manifest=manifest, blobs=(config, body))),
        )


def _stored(document, media_type):
    body = json.dumps(document).encode()
    return StoredManifest(Digest.of(body), media_type, body)


@pytest.fixture
def attacker(house):
    return Attacker(house)
