"""A tag's last moves as a strip of marks, the oldest first: one class and one title a mark."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC

from watchdog.core.memory import Move
from watchdog.web.showing import standing_of_move
from watchdog.web.watched import Standing

DONE = "done"
_MARKS = {Standing.RIGHT: "", Standing.WRONG: "w", Standing.UNKNOWN: "u"}
_DEED = "d"


def strip_mark(move: Move) -> str:
    """Write the mark's class: one letter, and none where it is right; a page has thousands."""
    standing = standing_of_move(move)
    letter = _MARKS[standing] if standing else _DEED
    return f" class={letter}" if letter else ""


def strip_title(move: Move) -> str:
    """Say when a move was, and what it was; the code alone where it was right."""
    standing = standing_of_move(move)
    code = move.findings[0].code.value if standing and move.findings else ""
    wrong = standing.value if standing and (standing is not Standing.RIGHT or not code) else ""
    said = ": ".join(filter(None, (wrong, code))) or move.event
    return f"{move.at.astimezone(UTC):%Y-%m-%d %H:%M} {said}"


def strip_words(moves: Sequence[Move]) -> str:
    """Say the whole strip in words, for those who do not see it."""
    counts = Counter(standing_of_move(move) or DONE for move in moves)
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"last {len(moves)} move{'s' if len(moves) > 1 else ''}: {said}"
