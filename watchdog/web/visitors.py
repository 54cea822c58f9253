"""What somebody without a token may see: how things stand, or with WATCHDOG_PUBLIC=nothing nothing.

Hooks and answers have doors of their own, and probes say nothing that is worth a door.
"""

from collections.abc import Callable

from flask import request

from watchdog.web.operators import Doors

OPEN = frozenset({"static", "api.healthz", "api.readyz"})
"""The endpoints that everybody may read, whatever the setting."""
_READING = frozenset({"GET", "HEAD"})


def only_operators(doors: Doors) -> Callable[[], None]:
    """Make what is done before each request; it raises as `Doors.operator` does."""

    def check() -> None:
        if request.method in _READING and request.endpoint not in OPEN:
            doors.operator(request)

    return check
