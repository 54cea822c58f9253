import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import digest
from watchdog.core.oci import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    INDEX_MAX_ENTRIES,
    LAYERS_MAX,
    OCI_INDEX,
    OCI_MANIFEST,
    Config,
    Descriptor,
    Index,
    Manifest,
    Platform,
    manifest_type,
    parse_config,
    parse_manifest,
    parse_time,
)
from watchdog.errors import MalformedError

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def descriptor(media_type=CONFIG_TYPE, **changes):
    return {"mediaType": media_type, "digest": str(digest()), "size": 7} | changes


def body(**document):
    return json.dumps(document).encode()


@pytest.mark.parametrize("media_type", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_manifest_is_read(media_type):
    written = body(
        mediaType=media_type, config=descriptor(), layers=[], annotations={"b": "2", "a": "1"}
    )

    assert parse_manifest(written, media_type) == Manifest(
        media_type, Descriptor(CONFIG_TYPE, digest(), 7), (("a", "1"), ("b", "2"))
    )


@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
def test_an_index_is_read_and_may_leave_its_type_to_the_server(media_type):
    platform = {"os": "linux", "architecture": "arm64", "variant": "v8", "os.version": "1"}
    written = body(
        manifests=[
            descriptor(OCI_MANIFEST, platform=platform),
            descriptor(OCI_MANIFEST, annotations={"a": "1"}),
        ]
    )

    index = parse_manifest(written, media_type)

    assert index == Index(
        media_type,
        (
            Descriptor(OCI_MANIFEST, digest(), 7, Platform("linux", "arm64", "v8")),
            Descriptor(OCI_MANIFEST, digest(), 7, None, (("a", "1"),)),
        ),
        (),
    )
    assert str(index.manifests[0].platform) == "linux/arm64/v8"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"platform": {"os": "linux", "architecture": "amd64"}}, False),
        ({"platform": {"os": "unknown", "architecture": "unknown"}}, True),
        ({"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}, False),
        ({"platform": {"os": "unknown", "architecture": "amd64"}}, False),
    ],
)
def test_an_entry_that_buildkit_put_beside_the_images_is_told_apart(changes, expected):
    index = parse_manifest(body(manifests=[descriptor(OCI_MANIFEST, **changes)]), OCI_INDEX)

    assert index.manifests[0].is_attestation is expected


MALFORMED = {
    "another-type": (body(mediaType=OCI_INDEX, config=descriptor()), OCI_MANIFEST),
    "type-is-null": (body(mediaType=None, config=descriptor()), OCI_MANIFEST),
    "unsupported": (body(), "application/vnd.docker.distribution.manifest.v1+json"),
    "no-config": (body(), OCI_MANIFEST),
    "no-digest": (body(config={"mediaType": "x", "size": 1}), OCI_MANIFEST),
    "bad-digest": (body(config=descriptor(digest="sha256:x")), OCI_MANIFEST),
    "negative-size": (body(config=descriptor(size=-1)), OCI_MANIFEST),
    "true-size": (body(config=descriptor(size=True)), OCI_MANIFEST),
    "size-beyond-int64": (body(config=descriptor(size=2**63)), OCI_MANIFEST),
    "no-size": (body(config=descriptor(size=None)), OCI_MANIFEST),
    "bad-platform": (body(manifests=[descriptor(platform="linux")]), OCI_INDEX),
    "bad-os": (body(manifests=[descriptor(platform={"os": 1})]), OCI_INDEX),
    "bad-annotations": (body(config=descriptor(), annotations=["x"]), OCI_MANIFEST),
    "bad-annotation": (body(config=descriptor(), annotations={"a": 1}), OCI_MANIFEST),
    "no-manifests": (body(), OCI_INDEX),
    "too-many": (body(manifests=[descriptor()] * (INDEX_MAX_ENTRIES + 1)), OCI_INDEX),
}


@pytest.mark.parametrize(("written", "media_type"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_manifest_is_malformed(written, media_type):
    with pytest.raises(MalformedError):
        parse_manifest(written, media_type)


def test_content_may_be_empty():
    manifest = parse_manifest(body(config=descriptor(size=0)), OCI_MANIFEST)

    assert manifest.config.size == 0


def test_an_index_may_be_as_long_as_the_limit():
    index = parse_manifest(body(manifests=[descriptor()] * INDEX_MAX_ENTRIES), OCI_INDEX)

    assert len(index.manifests) == INDEX_MAX_ENTRIES


def test_a_config_is_read():
    written = body(
        os="linux",
        architecture="amd64",
        created="2026-03-02T05:30:00.123456789+01:00",
        config={"Labels": {"b": "2", "a": "1"}},
        rootfs={"type": "layers", "diff_ids": [str(digest("a")), str(digest("b"))]},
    )

    assert parse_config(written) == Config(
        Platform("linux", "amd64"),
        datetime(2026, 3, 2, 4, 30, 0, 123456, tzinfo=UTC),
        (("a", "1"), ("b", "2")),
        (digest("a"), digest("b")),
    )


@pytest.mark.parametrize("nothing", [{}, {"config": None, "rootfs": None, "created": None}])
def test_a_config_may_say_nothing(nothing):
    assert parse_config(body(**nothing)) == Config(Platform("", ""), None, (), ())


@pytest.mark.parametrize(
    "document",
    [
        {"config": "x"},
        {"config": {"Labels": {"a": None}}},
        {"config": {"Labels": "x"}},
        {"rootfs": {"diff_ids": "x"}},
        {"rootfs": {"diff_ids": [1]}},
        {"rootfs": {"diff_ids": [str(digest())] * (LAYERS_MAX + 1)}},
    ],
)
def test_what_is_no_config_is_malformed(document):
    with pytest.raises(MalformedError):
        parse_config(body(**document))


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "",
        "yesterday",
        "2026-03-02",
        "2026-03-02T04:30:00",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
    ],
)
def test_what_is_no_time_with_a_zone_is_no_time(value):
    assert parse_time(value) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_in_utc(moment):
    assert parse_time(moment.isoformat()) == moment


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
keys = "mediaType config manifests annotations digest size platform os created rootfs diff_ids"
documents = st.recursive(
    jsons | st.just(str(digest())) | st.just(OCI_MANIFEST),
    lambda inner: (
        st.dictionaries(st.sampled_from([*keys.split(), "Labels", "layers"]), inner)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=12,
)
bodies = st.one_of(st.binary(), documents.map(lambda document: json.dumps(document).encode()))


@given(bodies, st.sampled_from([OCI_INDEX, OCI_MANIFEST, "text/html"]))
def test_any_bytes_are_a_document_or_malformed(written, media_type):
    with suppress(MalformedError):
        parse_manifest(written, media_type)
    with suppress(MalformedError):
        parse_config(written)


LAYERS, ENTRIES = {"layers": []}, {"manifests": []}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (LAYERS | {"mediaType": DOCKER_MANIFEST}, DOCKER_MANIFEST),
        (ENTRIES | {"mediaType": OCI_INDEX}, OCI_INDEX),
        (LAYERS, OCI_MANIFEST),
        (ENTRIES, OCI_INDEX),
        ({}, None),
        (LAYERS | {"mediaType": "text/plain"}, None),
        (LAYERS | {"mediaType": ["a list"]}, None),
    ],
)
def test_a_manifest_that_was_kept_says_its_type_or_shows_it(document, expected):
    assert manifest_type(json.dumps(document).encode()) == expected


def test_what_is_no_document_is_no_manifest():
    assert manifest_type(b"\x00") is None
