"""Hostile manifests and configs: each ends in the right finding, and the next push is judged."""

import json

from tests.work.conftest import APP
from watchdog.core.oci import CONFIG_MAX_BYTES, MANIFEST_MAX_BYTES, OCI_INDEX
from watchdog.core.reference import Digest
from watchdog.core.verdict import Code
from watchdog.demo.images import build_index

DETAIL_MAX_CHARS = 2000


def written(document):
    return json.dumps(document).encode()


def huge_manifest(attacker, revision):
    attacker.manifest(b'{"a":"' + b"x" * MANIFEST_MAX_BYTES + b'"}')


def manifest_of_empty_lists(attacker, revision):
    attacker.manifest(b'{"a":[' + b"[]," * (MANIFEST_MAX_BYTES // 3 - 10) + b"0]}")


def deep_manifest(attacker, revision):
    attacker.manifest(b'{"a":' * 100_000)


def truncated_manifest(attacker, revision):
    attacker.manifest(written(attacker.image(revision))[:-20])


def empty_manifest(attacker, revision):
    attacker.manifest(b"")


def key_twice(attacker, revision):
    body = written(attacker.image(revision))
    attacker.manifest(body[:-1] + b',"config":{}}')


def no_utf_8(attacker, revision):
    attacker.manifest(written(attacker.image(revision) | {"x": "é"}).replace(b"\\u00e9", b"\xff"))


def half_a_surrogate(attacker, revision):
    attacker.manifest(written(attacker.image(revision) | {"annotations": {"a": "\ud800"}}))


def wrong_digest(attacker, revision):
    attacker.manifest(written(attacker.image(revision)), digest=Digest.of(b"another"))


def wrong_media_type(attacker, revision):
    attacker.manifest(written(attacker.image(revision)), OCI_INDEX)


def unknown_media_type(attacker, revision):
    media_type = "application/" + "x" * 5000
    attacker.manifest(written(attacker.image(revision) | {"mediaType": media_type}))


def wrong_size(attacker, revision):
    document = attacker.image(revision)
    document["config"]["size"] += 1
    attacker.manifest(written(document))


def size_of_thousands_of_digits(attacker, revision):
    document = attacker.image(revision)
    document["config"]["size"] = int("9" * 4000)
    attacker.manifest(written(document))


def huge_config(attacker, revision):
    attacker.config(revision, b"{" + b" " * CONFIG_MAX_BYTES + b"}")


def config_larger_than_it_says(attacker, revision):
    attacker.config(revision, b"{" + b" " * CONFIG_MAX_BYTES + b"}", size=9)


def config_that_is_no_config(attacker, revision):
    attacker.config(revision, b"\x1f\x8b" + b"\x00" * 100)


def config_of_many_layers(attacker, revision):
    layers = [str(Digest.of(b"layer"))] * 1025
    attacker.config(revision, written({"rootfs": {"diff_ids": layers}}))


def labels_that_are_no_texts(attacker, revision):
    attacker.config(revision, written({"config": {"Labels": {"a": {"b": []}}}}))


def index_of_itself(attacker, revision):
    own = Digest.of(b"cyclic")
    entry = {"mediaType": OCI_INDEX, "digest": str(own), "size": 9}
    attacker.manifest(written({"manifests": [entry]}), OCI_INDEX, digest=own)


def index_of_an_index(attacker, revision):
    inner = build_index([attacker.house.build(revision)])
    entry = {"mediaType": OCI_INDEX, "digest": str(inner.digest), "size": len(inner.manifest.body)}
    attacker.manifest(written({"manifests": [entry]}), OCI_INDEX)


def index_that_says_it_names_an_image(attacker, revision):
    """An index whose child is an index under an image's media type."""
    image = attacker.house.build(revision)
    attacker.child(image)
    inner = build_index([image])
    attacker.content.at(APP).manifests[inner.digest] = inner.manifest
    attacker.content.at(APP).held.add(inner.digest)
    body = inner.manifest.body
    entry = {"mediaType": image.manifest.media_type, "digest": str(inner.digest), "size": len(body)}
    attacker.manifest(written({"manifests": [entry]}), OCI_INDEX)


def index_of_thousands(attacker, revision):
    digest = attacker.child(attacker.house.build(revision))
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": str(digest)}
    entry |= {"size": 9}
    attacker.manifest(written({"manifests": [entry] * 5000}), OCI_INDEX)


def index_of_nothing(attacker, revision):
    attacker.manifest(written({"manifests": []}), OCI_INDEX)


UNREADABLE = (
    huge_manifest,
    manifest_of_empty_lists,
    deep_manifest,
    truncated_manifest,
    empty_manifest,
    key_twice,
    no_utf_8,
    half_a_surrogate,
    wrong_digest,
    wrong_media_type,
    unknown_media_type,
    wrong_size,
    size_of_thousands_of_digits,
    huge_config,
    config_larger_than_it_says,
    config_that_is_no_config,
    config_of_many_layers,
    labels_that_are_no_texts,
    index_of_itself,
    index_of_an_index,
    index_that_says_it_names_an_image,
    index_of_thousands,
    index_of_nothing,
)


def test_what_cannot_be_read_is_unreadable_and_the_next_push_is_judged(house, first, attacker):
    """One house for the whole table, as one worker meets it all."""
    for number, hostile in enumerate(UNREADABLE):
        fix = house.repository.commit(f"fix {number}")
        trusted = house.memory.trusted
        hostile(attacker, fix)
        house.look()
        said = [finding.code for finding in house.memory.findings]
        assert (hostile.__name__, *said) == (hostile.__name__, Code.UNREADABLE)
        (finding,) = house.memory.findings
        assert str(house.tag) in finding.detail
        assert len(finding.detail) < DETAIL_MAX_CHARS
        assert finding.detail.isprintable()
        assert house.memory.trusted == trusted
        assert house.pushed(fix) == (Code.NEWER,)
    assert house.told() == []
