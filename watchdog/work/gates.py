"""One delivery at a time for each channel, and a pause for all its lanes after one that failed.

So a channel that hangs holds one slot of the worker, and never one that another channel needs.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from watchdog.store.outbox import BACKOFF_S, RETRY_AFTER_MAX_S

BUSY_WAIT_MS = 1000
"""When a lane is tried again whose channel was busy with another."""


@dataclass(slots=True)
class _Gate:
    busy: bool = False
    failures: int = 0
    open_at: float = 0.0
    failed_lane: str = ""


class Gates:
    """The gates of one worker process; it may be asked from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._gates: dict[str, _Gate] = {}

    def enter(self, channel: str, lane: str) -> int:
        """Pass (0), or say in how many ms to try again. Who passed must leave.

        The lane that failed waits by its own back-off, and is not held up here.
        """
        with self._lock:
            gate = self._gates.setdefault(channel, _Gate())
            if gate.busy:
                return BUSY_WAIT_MS
            pause_s = gate.open_at - self._clock()
            if pause_s > 0 and lane != gate.failed_lane:
                return max(1, round(pause_s * 1000))
            gate.busy = True
            return 0

    def leave(self, channel: str) -> None:
        """Let the next lane of this channel pass."""
        with self._lock:
            self._gates[channel].busy = False

    def took(self, channel: str) -> None:
        """Note that the channel works."""
        with self._lock:
            gate = self._gates[channel]
            gate.failures, gate.open_at, gate.failed_lane = 0, 0.0, ""

    def failed(self, channel: str, lane: str, retry_after_s: float | None) -> None:
        """Note that the channel did not take a message of this lane: the others wait, too."""
        with self._lock:
            gate = self._gates[channel]
            delay = BACKOFF_S[min(gate.failures, len(BACKOFF_S) - 1)]
            wait_s = max(delay, min(retry_after_s or 0, RETRY_AFTER_MAX_S))
            gate.failures, gate.failed_lane = gate.failures + 1, lane
            gate.open_at = self._clock() + wait_s
