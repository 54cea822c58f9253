import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.message import NAMES_SHOWN, TEXT_MAX_CHARS, first_of, plain


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


def test_of_many_names_the_first_are_shown_and_the_others_counted():
    names = [f"a{number}" for number in range(NAMES_SHOWN + 2)]
    assert first_of(names[:1]) == "a0"
    assert first_of(names[:NAMES_SHOWN]) == "a0, a1, a2, a3, a4"
    assert first_of(names) == "a0, a1, a2, a3, a4 and 2 more"
    assert first_of([]) == ""
