import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.reference import REPOSITORY_MAX_CHARS, Digest, Repository, Tag
from watchdog.errors import MalformedError

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "path", "tag"),
    [
        ("quay.io/crunchtools/acquacotta:v1", "quay.io", "crunchtools/acquacotta", "v1"),
        ("quay.io/crunchtools/acquacotta", "quay.io", "crunchtools/acquacotta", "latest"),
        ("Quay.IO/a/b/c:latest", "quay.io", "a/b/c", "latest"),
        ("127.0.0.1:5000/app:x", "127.0.0.1:5000", "app", "x"),
        ("localhost/app", "localhost", "app", "latest"),
        ("[::1]:5000/app:x", "[::1]:5000", "app", "x"),
        ("quay.io/a__b/c--d.e:_", "quay.io", "a__b/c--d.e", "_"),
    ],
)
def test_a_tag_is_read(text, registry, path, tag):
    read = Tag.parse(text)

    assert read == Tag(Repository(registry, path), tag)
    assert read.repository.name == path.rpartition("/")[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acquacotta",
        "crunchtools/acquacotta:latest",
        "localhost:5000",
        "quay.io/",
        "quay.io/A/b",
        "quay.io/a//b",
        "quay.io/a_/b",
        "quay.io/a/b:",
        "quay.io/a/b:-x",
        "quay.io/a/b:" + "x" * 129,
        f"quay.io/a/b@sha256:{HEX}",
        f"quay.io/a/b:latest@sha256:{HEX}",
        "-quay.io/a/b",
        "quay.io/" + "a" * (REPOSITORY_MAX_CHARS + 1),
        "https://quay.io/a/b",
    ],
)
def test_what_is_no_tag_is_malformed(text):
    with pytest.raises(MalformedError):
        Tag.parse(text)


@pytest.mark.parametrize(("algorithm", "length"), [("sha256", 64), ("sha512", 128)])
def test_a_digest_is_read_and_matches_its_content(algorithm, length):
    text = f"{algorithm}:{hashlib.new(algorithm, b'content').hexdigest()}"
    read = Digest.parse(text)

    assert (str(read), len(read.hex)) == (text, length)
    assert read.matches(b"content")
    assert not read.matches(b"other content")


def test_content_is_hashed_with_sha256():
    assert Digest.of(b"content") == Digest("sha256", hashlib.sha256(b"content").hexdigest())
    assert Digest.parse(f"sha256:{HEX}").short == HEX[:12]


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEX,
        f"sha256:{HEX[1:]}",
        f"sha256:{HEX.upper()}",
        f"sha512:{HEX}",
        f"md5:{HEX[:32]}",
        f"sha256:{HEX[1:]}\n",
        f"sha256:{HEX[:-1]}\u0663",
    ],
)
def test_what_is_no_digest_is_malformed(text):
    with pytest.raises(MalformedError):
        Digest.parse(text)


digests = st.builds(Digest.of, st.binary())
tags = st.from_regex(
    r"[a-z0-9]{1,5}(\.[a-z]{2,3}){1,2}(:[0-9]{1,5})?(/[a-z0-9]{1,4}((\.|_|__|-+)[a-z0-9]{1,4})?){1,3}"
    r":[A-Za-z0-9_][A-Za-z0-9._-]{0,9}",
    fullmatch=True,
).map(Tag.parse)


@given(digests)
def test_a_digest_s_text_is_read_as_that_digest(digest):
    assert Digest.parse(str(digest)) == digest


@given(tags)
def test_a_tag_s_text_is_read_as_that_tag(tag):
    assert Tag.parse(str(tag)) == tag
    assert Repository.parse(str(tag.repository)) == tag.repository


@given(st.one_of(st.text(), st.text(alphabet="aZ0._-:/@[]"), st.from_regex(r"sha256:[0-9a-f]*")))
@pytest.mark.parametrize("parse", [Tag.parse, Repository.parse, Digest.parse])
def test_any_text_is_a_reference_or_malformed(parse, text):
    with suppress(MalformedError):
        read = parse(text)
        assert parse(str(read)) == read
