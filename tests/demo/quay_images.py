"""The images of the recording, built again: other layers, so other digests of the same lengths."""

import json

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST
from watchdog.core.reference import Digest
from watchdog.demo.images import AMD64, ARM64, CONFIG_TYPE, BuiltImage, BuiltIndex

CREATED = "2026-01-01T00:00:00Z"
SOURCE, REVISION = "org.opencontainers.image.source", "org.opencontainers.image.revision"
LAYER_BYTES = 101
DIGESTS = {
    "a": "9b452e4fd3278b189d669b87078b00915ca739e9c26fd86c0954ca466f152bcc",
    "b": "777ab685d1599d014dd5065fc14ec1aec899eb75f23a098dbfd44fc9959a1244",
    "multi": "10db6840268dfec2265da037aaf4f56b789d938d2f3b0007794f427ef9861008",
    "ann": "f884a688b74b42506cd0dc604bfd128861da583d1539c2ed27d306fe12fdc065",
}


def _encode(document):
    return json.dumps(document, separators=(",", ":")).encode()


def _descriptor(media_type, body):
    return {"mediaType": media_type, "digest": str(Digest.of(body)), "size": len(body)}


def _image(name, revision, *, platform=AMD64, labels=None, annotations=None):
    layer = name.encode().ljust(LAYER_BYTES)
    config = _encode(
        {
            "architecture": platform.architecture,
            "os": "linux",
            "created": CREATED,
            "config": {
                "Labels": {SOURCE: "https://github.com/acme/app", REVISION: revision}
                | (labels or {}),
                "Cmd": ["/hello"],
            },
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(name.encode()))]},
            "history": [{"created": CREATED, "created_by": "COPY hello /"}],
        }
    )
    body = _encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _descriptor(CONFIG_TYPE, config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
            **({"annotations": annotations} if annotations else {}),
        }
    )
    manifest = StoredManifest(Digest.of(body), OCI_MANIFEST, body)
    return BuiltImage(manifest, platform, (config, layer))


def _index(*images):
    entries = [
        _descriptor(OCI_MANIFEST, image.manifest.body)
        | {"platform": {"architecture": image.platform.architecture, "os": "linux"}}
        for image in images
    ]
    body = _encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
    return BuiltIndex(StoredManifest(Digest.of(body), OCI_INDEX, body), images)


def build_images():
    """Build them by the names that skopeo was given."""
    other = {SOURCE: "https://github.com/from-annotation"}
    return {
        "a": _image("a", "1" * 40, labels={"vcs-ref": "1111111"}),
        "b": _image("b", "b" * 40),
        "multi": _index(_image("amd", "2" * 40), _image("arm", "2" * 40, platform=ARM64)),
        "ann": _image("ann", "3333", annotations=other),
    }
