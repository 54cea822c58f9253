"""Hosts that are left alone for a while: what one request learnt holds for all of that host.

A host that says when to come back (Retry-After with 429 or 503), that was asked too often without
saying so (429 alone, as nginx answers), or that could not be reached a few times in a row, is not
asked before that. Then one request goes first; the others follow once
it was answered. In memory, for one process.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from watchdog.errors import RemoteError
from watchdog.registry.exchange import Reply
from watchdog.registry.failures import retry_after

FAILURES_IN_A_ROW = 3
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
FIRST_BUSY_S = 1.0
LONGEST_BUSY_S = 5.0
"""For 429 without a time: doubled from the first to this for each that follows a pause at once."""
PROBE_WAIT_S = 2.0
"""How long the others are sent away while one request finds out."""
HOSTS_MAX = 1000
_TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
_BUSY = frozenset({_TOO_MANY, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(slots=True)
class _Host:
    failures: int = 0
    refusals: int = 0
    until: float = 0.0
    paused: bool = False
    probing: bool = False


class HostPause:
    """Remembers which hosts are paused; thread safe. Every `enter` is followed by one `leave_…`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._hosts: OrderedDict[str, _Host] = OrderedDict()

    def enter(self, host: str, about: str) -> None:
        """Let a request through, or raise a retryable RemoteError without asking the host."""
        with self._lock:
            known = self._hosts.get(host)
            if known is None or not known.paused:
                return
            rest = known.until - self._clock()
            if rest <= 0 and not known.probing:
                known.probing = True
                return
        rest = rest if rest > 0 else PROBE_WAIT_S
        raise RemoteError(
            f"{about}: {host} is not asked for another {rest:.0f} s: it asked for that, or could "
            "not be reached",
            retryable=True,
            retry_after=rest,
        )

    def leave_answered(self, host: str, reply: Reply | None = None) -> None:
        """Note that the host answered: it is well, unless it says when to come back."""
        busy = reply is not None and reply.status in _BUSY
        wait = retry_after(reply) if reply is not None and busy else None
        with self._lock:
            if wait:
                self._pause(host, wait)
            elif self._is_paused(host):
                return
            elif wait is None and reply is not None and reply.status == _TOO_MANY:
                known = self._hosts.get(host)
                refusals = (known.refusals if known else 0) + 1
                self._pause(host, _busy_s(refusals), refusals=refusals)
            else:
                self._hosts.pop(host, None)

    def leave_failed(self, host: str) -> None:
        """Note that the host gave no answer; from the third time in a row on it is left alone."""
        with self._lock:
            if self._is_paused(host):
                return
            known = self._hosts.get(host)
            failures = (known.failures if known else 0) + 1
            doublings = failures - FAILURES_IN_A_ROW
            if doublings < 0:
                self._remember(host, _Host(failures))
                return
            wait = min(FIRST_PAUSE_S * 2 ** min(doublings, 10), LONGEST_PAUSE_S)
            self._pause(host, wait, failures=failures)

    def _is_paused(self, host: str) -> bool:
        """Tell whether the pause goes on: requests begun before it neither end nor lengthen it."""
        known = self._hosts.get(host)
        return known is not None and known.until > self._clock()

    def _pause(self, host: str, wait_s: float, *, failures: int = 0, refusals: int = 0) -> None:
        self._remember(host, _Host(failures, refusals, self._clock() + wait_s, paused=True))

    def _remember(self, host: str, known: _Host) -> None:
        self._hosts[host] = known
        self._hosts.move_to_end(host)
        if len(self._hosts) > HOSTS_MAX:
            self._hosts.popitem(last=False)


def _busy_s(refusals: int) -> float:
    doublings: int = min(refusals - 1, 10)
    return min(FIRST_BUSY_S * 2.0**doublings, LONGEST_BUSY_S)
