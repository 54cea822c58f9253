import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.document import PARTS_MAX, decode_json, json_array, json_object, json_text
from watchdog.errors import MalformedError

NOT_JSON = {
    "no-json": b"{",
    "no-object": b"[]",
    "no-utf-8": b'{"a": "\xff"}',
    "no-number": b'{"a": NaN}',
    "half-a-surrogate-pair": rb'{"a": "\ud800"}',
    "half-a-surrogate-pair-as-a-key": rb'{"\uDC00": 1}',
    "a-key-twice": b'{"a": 1, "a": 1}',
    "too-deep": b'{"a":' * 100_000,
    "a-number-too-long": b'{"a": ' + b"1" * 10_000 + b"}",
}


@pytest.mark.parametrize("written", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_plain_json_object_is_malformed(written):
    with pytest.raises(MalformedError, match=r"^it is not"):
        decode_json(written, "it")


def test_a_whole_surrogate_pair_is_text():
    assert decode_json(rb'{"a": "\ud83d\ude00"}', "it") == {"a": "😀"}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"a": 1}, lambda value: json_object(value, "it")),
        ([1, 2], lambda value: json_array(value, "it", 2)),
        ("text", lambda value: json_text(value, "it")),
    ],
    ids=["object", "array", "text"],
)
def test_a_value_is_what_is_called_for_or_malformed(value, read):
    assert read(value) == value
    for other in ({"a": 1}, [1, 2], "text", None, 5, [1, 2, 3]):
        if other != value:
            with pytest.raises(MalformedError, match=r"^it (is not|has 3 entries)"):
                read(other)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
documents = st.dictionaries(st.text(), values)


@given(st.binary())
def test_any_bytes_are_an_object_or_malformed(written):
    with suppress(MalformedError):
        assert isinstance(decode_json(written, "it"), dict)


@given(documents)
def test_what_is_decoded_can_be_encoded(document):
    with suppress(MalformedError):
        json.dumps(decode_json(json.dumps(document).encode(), "it"), ensure_ascii=False).encode()


@pytest.mark.parametrize("part", ["{}", "[]", "0", '{"":0}', "[[]]"])
def test_a_document_has_a_limit_of_parts(part):
    longest = '{"a": [' + ",".join([part] * (PARTS_MAX + 1)) + "]}"
    with pytest.raises(MalformedError, match="more than 200000 parts"):
        decode_json(longest.encode(), "it")


def test_a_document_of_as_many_parts_as_are_allowed_is_read():
    written = '{"a": [' + ",".join(["0"] * (PARTS_MAX - 1)) + "]}"
    assert len(decode_json(written.encode(), "it")["a"]) == PARTS_MAX - 1
