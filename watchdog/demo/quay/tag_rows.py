"""A tag's history as Quay lists it (its endpoints/api/tag.py): one row a move, the newest first."""

import json
from collections.abc import Sequence

from watchdog.core.oci import INDEX_TYPES
from watchdog.core.reference import Digest
from watchdog.demo.quay.answers import document, in_words, message
from watchdog.demo.quay.calls import Call
from watchdog.demo.quay.grants import Scope
from watchdog.demo.registry_content import RepositoryContent
from watchdog.demo.registry_http import Answer
from watchdog.demo.registry_moves import Move

ROWS = 50
ROWS_MAX = 100
_NUMBERS = {
    "limit": (ROWS, "Limit to the number of results to return per page. Max 100."),
    "page": (1, "Page index for the results. Default 1."),
}
_BAD_FILTER = (
    "Unsupported syntax for filter_tag_name. Expected <operation>:<tag_name> where <operation>"
    "can be 'like' or 'eq'."
)
_TRUE = {"true", "t", "1"}


def list_tags(call: Call, path: str) -> Answer:
    """Answer one page of the history; an unknown tag has none."""
    content = call.repository(path, Scope.READ)
    limit, page = min(_number(call, "limit"), ROWS_MAX), _number(call, "page")
    moves = _wanted(call, content, content.moves.newest_first(call.books.content.window_s(path)))
    start = (page - 1) * limit
    listed = {
        "tags": [row(content, move) for move in moves[start : start + limit]],
        "page": page,
        "has_additional": len(moves) > start + limit,
    }
    return document(listed)


def row(content: RepositoryContent, move: Move) -> dict[str, object]:
    """Describe one move."""
    ended = move.end_ms is not None
    return {
        "name": move.tag,
        "reversion": move.reversion,
        "immutable": move.immutable,
        "start_ts": move.start_ms // 1000,
        **({"end_ts": move.end_ms // 1000} if move.end_ms is not None else {}),
        "manifest_digest": str(move.digest),
        "is_manifest_list": is_index(content, move.digest),
        "size": layers_size(content, move.digest),
        "last_modified": in_words(move.start_ms / 1000),
        **({"expiration": in_words((move.end_ms or 0) / 1000)} if ended else {}),
        **_children(content, move.digest),
    }


def is_index(content: RepositoryContent, digest: Digest) -> bool:
    """Tell whether a digest is an index's."""
    return content.manifests[digest].media_type in INDEX_TYPES


def layers_size(content: RepositoryContent, digest: Digest) -> int | None:
    """Add up the layers of an image in bytes; None for an index, and for what is no image."""
    if is_index(content, digest):
        return None
    try:
        layers = json.loads(content.manifests[digest].body)["layers"]
        return sum(int(layer["size"]) for layer in layers)
    except (ValueError, KeyError, TypeError):
        return None


def _children(content: RepositoryContent, digest: Digest) -> dict[str, object]:
    if not is_index(content, digest):
        return {}
    present = {str(child): child in content.manifests for child in content.children(digest)}
    held = sum(present.values())
    return {
        "is_sparse": held < len(present),
        "child_manifest_count": len(present),
        "present_child_count": held,
        "child_manifests_presence": present,
    }


def _wanted(call: Call, content: RepositoryContent, moves: Sequence[Move]) -> list[Move]:
    query = call.asked.query
    name, tag = _filter(query.get("filter_tag_name", "")), query.get("specificTag")
    wanted = [row for row in moves if tag in {None, row.tag} and name(row.tag)]
    if call.books.stale_histories > 0:
        call.books.stale_histories -= 1
        wanted = lagging(wanted)
    if query.get("onlyActiveTags", "").lower() in _TRUE:
        now_ms = content.clock.now_ms
        wanted = [row for row in wanted if row.alive_at(now_ms)]
    return wanted


def lagging(moves: Sequence[Move]) -> list[Move]:
    """Show rows as a replica has them that has not seen the newest move."""
    if not moves:
        return []
    newest = moves[0]
    return [
        Move(row.tag, row.digest, row.start_ms, None, row.reversion, row.immutable)
        if row.tag == newest.tag and row.end_ms == newest.start_ms and row is not newest
        else row
        for row in moves[1:]
    ]


def _filter(text: str) -> "Matches":
    kind, colon, name = text.partition(":")
    if text and (not colon or kind not in {"like", "eq"}):
        raise message(400, _BAD_FILTER)
    return Matches(kind, name)


class Matches:
    """Tells whether a tag's name is wanted."""

    def __init__(self, kind: str, name: str) -> None:
        self._kind, self._name = kind, name

    def __call__(self, tag: str) -> bool:
        """Compare as the filter says; without one, everything is wanted."""
        return tag == self._name if self._kind == "eq" else self._name in tag


def _number(call: Call, name: str) -> int:
    default, help_text = _NUMBERS[name]
    try:
        return max(1, int(call.asked.query.get(name, default)))
    except ValueError:
        raise message(400, {name: help_text}) from None
