"""The registry simulator's clock: real until a test takes it in hand, so that none need sleep."""

import time
from datetime import UTC, datetime


class Clock:
    """Tells the time in milliseconds; it can stand still and be put forward."""

    def __init__(self) -> None:
        self._frozen_ms: int | None = None
        self._ahead_ms = 0

    @property
    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        real = time.time_ns() // 1_000_000
        return (real if self._frozen_ms is None else self._frozen_ms) + self._ahead_ms

    @property
    def now(self) -> datetime:
        """The same with a time zone, in whole milliseconds."""
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)

    def freeze(self, at_s: float | None = None) -> None:
        """Stand still from now on, at a time in seconds since 1970 or at the present one."""
        self._frozen_ms = self.now_ms if at_s is None else round(at_s * 1000)
        self._ahead_ms = 0

    def advance(self, seconds: float) -> None:
        """Put the clock forward, frozen or not."""
        self._ahead_ms += round(seconds * 1000)
