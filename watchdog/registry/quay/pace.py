"""How fast a Quay may be asked: more is refused, and nginx does not say when to come back.

A Quay whose rate is limited lets 5 requests a second through per client, and 25 at once
(quay/quay conf/nginx/rate-limiting.conf.jnj, `http1`). Others of ours ask meanwhile, too.
"""

import time
from collections.abc import Callable

REQUESTS_PER_S = 4.0
REQUESTS_AT_ONCE = 20


class Pace:
    """Lets requests wait until their host has time for them; for one thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._clock = clock
        self._busy_until: dict[str, float] = {}
        self.sleep = sleep

    def wait(self, host: str, requests: int) -> None:
        """Wait until so many requests may be made."""
        now = self._clock()
        busy_until = max(self._busy_until.get(host, now), now) + requests / REQUESTS_PER_S
        self._busy_until[host] = busy_until
        ahead = busy_until - now - REQUESTS_AT_ONCE / REQUESTS_PER_S
        if ahead > 0:
            self.sleep(ahead)
