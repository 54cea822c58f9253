from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.commits import RefKind, RefPattern, parse_ref_pattern, parse_revision
from watchdog.errors import MalformedError

SHA = "0123456789abcdef0123456789abcdef01234567"
SHA256 = "0123456789abcdef" * 4


@pytest.mark.parametrize("text", [SHA, SHA.upper(), f" {SHA}\n", SHA256])
def test_a_full_commit_id_is_read(text):
    assert parse_revision(text) == text.strip().lower()


@pytest.mark.parametrize("text", ["", SHA[:7], SHA[1:], f"{SHA}0", f"{SHA}-dirty", f"x{SHA[1:]}"])
def test_what_is_no_full_commit_id_is_malformed(text):
    with pytest.raises(MalformedError, match="not a full commit id"):
        parse_revision(text)


@pytest.mark.parametrize(
    ("text", "kind", "pattern"),
    [
        ("HEAD", RefKind.HEAD, ""),
        ("main", RefKind.BRANCH, "refs/heads/main"),
        ("feature/x", RefKind.BRANCH, "refs/heads/feature/x"),
        ("refs/heads/release-*", RefKind.BRANCH, "refs/heads/release-*"),
        ("refs/tags/v1", RefKind.TAG, "refs/tags/v1"),
        ("v*", RefKind.TAG, "refs/tags/v*"),
        ("v[0-9]", RefKind.TAG, "refs/tags/v[0-9]"),
        ("v?", RefKind.TAG, "refs/tags/v?"),
    ],
)
def test_an_allowed_ref_is_read(text, kind, pattern):
    read = parse_ref_pattern(text)

    assert read == RefPattern(kind, pattern)
    assert parse_ref_pattern(str(read)) == read


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "-x",
            "/x",
            "a..b",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a\\b",
            "a\n",
            "a/",
            "a//b",
            "a.",
        ),
        *("a.lock", "a@{1}", "refs/", "refs/heads/", "refs/pull/1/head"),
    ],
)
def test_what_can_be_no_ref_is_malformed(text):
    with pytest.raises(MalformedError):
        parse_ref_pattern(text)


@given(st.one_of(st.text(), st.text(alphabet="refs/heads/tags*?[]-.@{v1")))
def test_any_text_is_a_ref_or_malformed(text):
    with suppress(MalformedError):
        read = parse_ref_pattern(text)
        assert parse_ref_pattern(str(read)) == read
