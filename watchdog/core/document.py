"""JSON from outside becomes what the specifications call for, or is malformed.

What a document means is left to whoever asked for it: manifests, hooks, credentials, answers.
"""

import json
from typing import Any, NoReturn

from watchdog.errors import MalformedError

PARTS_MAX = 200_000
"""Objects, arrays and values of one document: 4 MiB of empty ones are 180 MB once decoded."""


def decode_json(body: bytes, what: str) -> dict[str, Any]:
    """Decode a JSON object; duplicate keys, NaN, deep nesting and bad Unicode are malformed.

    So are more than PARTS_MAX parts, by a count that takes those within texts for parts, too.
    """
    if sum(body.count(sign) for sign in (b"{", b"[", b",")) > PARTS_MAX:
        raise MalformedError(f"{what} is not usable JSON: it has more than {PARTS_MAX} parts")
    try:
        text = body.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
        if "\\u" in text:  # Half a surrogate pair can be escaped, and then never be encoded.
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"{what} is not usable JSON: {error}") from error
    return json_object(document, what)


def json_object(value: object, what: str) -> dict[str, Any]:
    """Return a JSON object as one; raises MalformedError for anything else."""
    if not isinstance(value, dict):
        raise MalformedError(f"{what} is not a JSON object")
    return value


def json_array(value: object, what: str, most: int) -> list[Any]:
    """Return a JSON array of at most `most` entries as one; raises MalformedError otherwise."""
    if not isinstance(value, list):
        raise MalformedError(f"{what} is not a JSON array")
    if len(value) > most:
        raise MalformedError(f"{what} has {len(value)} entries; at most {most} are read")
    return value


def json_text(value: object, what: str) -> str:
    """Return a JSON string as text; raises MalformedError for anything else."""
    if not isinstance(value, str):
        raise MalformedError(f"{what} is not text")
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
