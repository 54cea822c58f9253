import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.message import TEXT_MAX_CHARS, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("quay.io/a/b:latest", "quay.io/a/b:latest"),
        (" a\r\n\tb ", "a b"),
        ("a\u202eb\u200fc", "a b c"),
        ("a\x1b[31mb", "a [31mb"),
        ("half\ud800", "half"),
        ("a\U000e0041b", "a b"),
        ("größer 😀", "größer 😀"),
        ("", ""),
    ],
)
def test_text_from_outside_is_made_fit_to_show(text, shown):
    assert plain(text) == shown


def test_long_text_is_cut_and_says_so():
    assert plain("x" * 301) == "x" * 299 + "…"
    assert plain("x" * 300) == "x" * 300
    assert plain("abcdef", 4) == "abc…"


@given(st.text(st.characters(), max_size=2000), st.integers(1, TEXT_MAX_CHARS))
def test_any_text_is_short_printable_and_encodable(text, most):
    shown = plain(text, most)

    assert len(shown) <= most
    assert not any(character < " " for character in shown)
    assert shown.encode().decode() == shown
    assert plain(shown, most) == shown
