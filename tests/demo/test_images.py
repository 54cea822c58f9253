import io
import json
import tarfile
from datetime import UTC, datetime, timedelta, timezone

from watchdog.core.oci import Index, Manifest, parse_config, parse_manifest
from watchdog.core.reference import Digest
from watchdog.demo.images import AMD64, ARM64, build_image, build_index, build_layer

CREATED = datetime(2026, 5, 18, 4, 30, tzinfo=UTC)


def test_the_same_arguments_give_the_same_bytes():
    def build(created):
        layer = build_layer({"b": b"2", "a": b"1"})
        return build_index([build_image({"k": "v"}, created=created, layers=[layer])])

    elsewhere = CREATED.astimezone(timezone(timedelta(hours=-4)))
    assert build(CREATED) == build(elsewhere)


def test_an_image_is_what_was_asked_for():
    layer = build_layer({"app/main.py": b"print()"})
    built = build_image(
        {"k": "v"}, created=CREATED, layers=[layer], platform=ARM64, annotations={"a": "b"}
    )
    manifest = parse_manifest(built.manifest.body, built.manifest.media_type)
    assert isinstance(manifest, Manifest)
    assert manifest.annotations == (("a", "b"),)
    assert manifest.config.digest.matches(built.blobs[0])
    config = parse_config(built.blobs[0])
    assert (config.platform, config.created, config.labels) == (ARM64, CREATED, (("k", "v"),))
    assert config.diff_ids == (Digest.of(layer),)
    with tarfile.open(fileobj=io.BytesIO(built.blobs[1])) as tar:
        assert tar.extractfile("app/main.py").read() == b"print()"


def test_an_attestation_stands_beside_its_image_as_buildkit_puts_it():
    image = build_image({}, created=CREATED, layers=[])
    statement = b'{"predicateType":"https://slsa.dev/provenance/v1"}'
    built = build_index([image], attestation=statement, annotations={"a": "b"})
    index = parse_manifest(built.manifest.body, built.manifest.media_type)
    assert isinstance(index, Index)
    assert index.annotations == (("a", "b"),)
    first, second = index.manifests
    assert (first.platform, first.is_attestation) == (AMD64, False)
    assert second.is_attestation
    assert dict(second.annotations)["vnd.docker.reference.digest"] == str(image.digest)
    attested = json.loads(built.children[1].manifest.body)
    assert attested["layers"][0]["digest"] == str(Digest.of(statement))
    assert attested["layers"][0]["annotations"] == {
        "in-toto.io/predicate-type": "https://slsa.dev/provenance/v1"
    }
