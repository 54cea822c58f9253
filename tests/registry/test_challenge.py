import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.registry.challenge import BASIC, Challenge, parse_challenge

QUAY = 'Bearer realm="https://quay.io/v2/auth",service="quay.io",scope="repository:a/b:pull,push"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (QUAY, Challenge("https://quay.io/v2/auth", "quay.io")),
        ('Bearer realm="https://a/"', Challenge("https://a/")),
        ("bearer Realm=https://a/ , SERVICE=b", Challenge("https://a/", "b")),
        (r'Bearer realm="https://a/\"x\\"', Challenge('https://a/"x\\')),
        ('Basic realm="x"', BASIC),
        ("Basic", BASIC),
        ('Basic realm="x", Bearer realm="https://a/",service="b"', Challenge("https://a/", "b")),
        ('Bearer realm="https://a/", Basic realm="x"', Challenge("https://a/")),
        ('Negotiate, Basic realm="x"', BASIC),
        ('Bearer service="b"', None),
        ('Bearer service="b", Basic realm="x"', BASIC),
        ('Bearers realm="https://a/"', None),
        ("Negotiate", None),
        ("", None),
    ],
)
def test_how_challenges_are_read(header, expected):
    assert parse_challenge(header) == expected


@given(st.text() | st.from_regex(r'(Bearer|Basic|[a-z]+=|"|,| ){0,30}'))
def test_any_header_is_read_or_is_none(header):
    assert parse_challenge(header) is None or isinstance(parse_challenge(header), Challenge)
