"""One thing that was read from outside, as it is told to whoever asked to be told."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What was asked, what came of it, how much was read and how long it took.

    `by` is an HTTP method or `git`. `what` holds no secret: a URL without user and query, or a git
    command without the options that carry credentials.
    """

    by: str
    what: str
    result: str
    size_bytes: int
    took_ms: float


Observer = Callable[[Step], None]
"""Is told each step after it ended, from whichever thread took it."""
