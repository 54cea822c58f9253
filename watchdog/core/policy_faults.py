"""What is wrong with a policy file, in words that say what would be right.

Takes apart what pydantic found; the schema tells which keys a place may have.
"""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

KeyPath = tuple[str | int, ...]
VALUE_SHOWN_MAX_CHARS = 40
_QUOTED = re.compile(r"'([^']*)'")


def path_of(fault: Mapping[str, Any]) -> KeyPath:
    """Name the key; pydantic has one more step for a mapping's keys, and for a channel's kind."""
    location: KeyPath = fault["loc"]
    if fault["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return (*location, "kind")
    if location[-1:] == ("[key]",):
        return location[:-1]
    return (*location[:2], *location[3:]) if location[:1] == ("channels",) else location


def words_of(fault: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Say in our own words what pydantic found, where its own do not help a person."""
    match fault["type"]:
        case "extra_forbidden":
            *place, key = fault["loc"]
            return f"unknown key{near(str(key), _keys_at(schema, place), 'keys')}"
        case "missing" | "union_tag_not_found":
            return "is missing"
        case "union_tag_invalid":
            value = fault["ctx"]["tag"]
            allowed = _QUOTED.findall(fault["ctx"]["expected_tags"])
            return unknown_value(value, allowed)
        case "enum" | "literal_error" if isinstance(value := fault["input"], str):
            allowed = _QUOTED.findall(fault["ctx"]["expected"])
            return unknown_value(value, allowed)
        case _:
            return str(fault["msg"]).removeprefix("Value error, ")


def unknown_value(value: str, allowed: Iterable[str]) -> str:
    """Say that a value is none of those that may stand in a place."""
    return f"unknown value {value[:VALUE_SHOWN_MAX_CHARS]!r}{near(value, allowed, 'words')}"


def near(word: str, known: Iterable[str], what: str) -> str:
    """Say which known word is meant, perhaps, and which there are."""
    names = sorted(known)
    near = get_close_matches(word, names, n=1)
    meant = f"; is `{near[0]}` meant?" if near else ""
    return f"{meant} (the {what} here: {', '.join(names)})" if names else ""


def _keys_at(schema: Mapping[str, Any], place: Iterable[str | int]) -> tuple[str, ...]:
    """Name the keys that a JSON Schema allows in a place."""
    node = schema
    for step in place:
        inner = node.get("properties", {}).get(step, node.get("additionalProperties"))
        if "discriminator" in node:
            inner = {"$ref": node["discriminator"]["mapping"][step]}
        node = _resolved(schema, node.get("items", inner) or {})
    return tuple(node.get("properties", ()))


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference to a section; an optional one stands among alternatives."""
    for option in (node, *node.get("anyOf", ())):
        if "$ref" in option:
            found: Mapping[str, Any] = schema["$defs"][option["$ref"].rpartition("/")[2]]
            return found
    return node
