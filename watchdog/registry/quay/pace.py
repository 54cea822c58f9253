"""How fast a Quay is asked: more is refused, and nginx does not say when to come back.

A Quay whose rate is limited lets 5 requests a second through per client, and 25 at once (quay/quay
conf/nginx/rate-limiting.conf.jnj, `http1`). So one bucket for each host is shared by all that one
process asks of it. In memory; other processes of ours have their own.
"""

import threading
import time
from collections.abc import Callable, Mapping
from enum import Enum, auto

from watchdog.errors import RemoteError

REQUESTS_PER_S = 4.0
FULL_AFTER_S = 5.0
"""So long nothing is asked, and the bucket is full: 20 requests at once by the rate above."""
WAIT_MAX_S = 10.0
"""Who would have to wait for longer is sent away instead."""
YIELD_MAX_S = 10.0
"""For so long a chore lets looks go first; then it queues with them, or it would never be done."""


class Turn(Enum):
    """When a request gets its turn.

    `AT_ONCE`: a write that rests on what was read just now; others wait for it afterwards. `NEXT`:
    a look's. `LATER`: a chore's; half of the bucket is not for it.
    """

    AT_ONCE = auto()
    NEXT = auto()
    LATER = auto()


class Pace:
    """Lets requests wait until their host has time for them; thread safe.

    `rates` are requests a second, by host, where they are not REQUESTS_PER_S.
    """

    def __init__(
        self,
        rates: Mapping[str, float] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rates = dict(rates or {})
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._busy_until: dict[str, float] = {}

    def wait(self, host: str, turn: Turn, about: str) -> None:
        """Wait for a turn; raises a retryable RemoteError where that is over WAIT_MAX_S away."""
        if turn is Turn.LATER:
            self._let_others_go_first(host)
        with self._lock:
            ahead = self._debt_s(host) - FULL_AFTER_S
            if turn is not Turn.AT_ONCE and ahead > WAIT_MAX_S:
                raise RemoteError(
                    f"{about}: too much is asked of {host} already; nothing more is, for "
                    f"{ahead:.0f} s",
                    retryable=True,
                    retry_after=ahead,
                )
            self._busy_until[host] = self._clock() + self._debt_s(host)
        if turn is not Turn.AT_ONCE and ahead > 0:
            self._sleep(ahead)

    def _let_others_go_first(self, host: str) -> None:
        """Wait until half of the bucket is full, for YIELD_MAX_S at most."""
        until = self._clock() + YIELD_MAX_S
        while (ahead := self._debt_s(host) - FULL_AFTER_S / 2) > 0:
            left = until - self._clock()
            if left <= 0:
                return
            self._sleep(min(ahead, left))

    def _debt_s(self, host: str) -> float:
        """Say how long the host would need for all that was let through, and one request more."""
        busy_s = max(self._busy_until.get(host, 0.0) - self._clock(), 0.0)
        return busy_s + 1 / self._rates.get(host, REQUESTS_PER_S)
