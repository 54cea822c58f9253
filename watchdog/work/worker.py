"""The loop: claim what is due, work on it, keep its lease alive; looks, lanes and chores alike.

One dispatcher for each due set claims only when a slot is free, so a claim never waits. A single
thread renews all leases. A stop lets the work in hand finish, or gives it back.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from watchdog.errors import StaleLeaseError, StoreError
from watchdog.store.due import Claim, DueSet
from watchdog.store.wake import Waker
from watchdog.work.deliver import deliver
from watchdog.work.examine import Examiner
from watchdog.work.node import Reporter
from watchdog.work.revert import carry_out
from watchdog.work.sweep import do_chore, make_all_due
from watchdog.work.tools import Tools

RENEW_EVERY_S = 5.0
LOOK_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 15.0
FINISH_POLL_S = 0.02
SLEEP_MAX_S = 1.0
STORE_RETRY_S = 0.5
FAULT_BACKOFF_MS = 60_000
LOOK_SLOTS = 8
LANE_SLOTS_MORE = 1
"""Slots for lanes beyond one for each channel, of which none ever has two."""
CHORE_SLOTS = 1

logger = logging.getLogger(__name__)


class Leases:
    """The claims in hand; renewed until they are done, lost, or older than LOOK_TIMEOUT_S."""

    def __init__(self, due: DueSet) -> None:
        self._due = due
        self._lock = threading.Lock()
        self._held: dict[Claim, float] = {}

    def add(self, claim: Claim) -> None:
        """Keep a claim's lease alive from now on."""
        with self._lock:
            self._held[claim] = time.monotonic()

    def remove(self, claim: Claim) -> None:
        """Let a claim be."""
        with self._lock:
            self._held.pop(claim, None)

    @property
    def held(self) -> tuple[Claim, ...]:
        """The claims in hand."""
        with self._lock:
            return tuple(self._held)

    def renew(self) -> None:
        """Renew every lease that is not too old, in one round trip; raises StoreError."""
        oldest = time.monotonic() - LOOK_TIMEOUT_S
        with self._lock:
            claims = [claim for claim, began in self._held.items() if began > oldest]
        kept = set(self._due.renew(claims))
        for claim in claims:
            if claim not in kept:
                logger.warning("Lost the lease of %r; its work will be refused", claim.member)
                self.remove(claim)

    def give_back(self) -> None:
        """Release whatever is still in hand, so that others need not wait for the lease."""
        for claim in self.held:
            self._due.give_back(claim)


class Dispatcher(threading.Thread):
    """Claims from one due set and hands each claim to a free slot."""

    def __init__(
        self, due: DueSet, work: Callable[[Claim], None], slots: int, waker: Waker
    ) -> None:
        super().__init__(name=f"dispatch-{due.name}", daemon=True)
        self.leases = Leases(due)
        self.stopping = threading.Event()
        self.store_returned = threading.Event()
        self._due, self._work, self._waker = due, work, waker
        self._free = threading.Semaphore(slots)
        self._pool = ThreadPoolExecutor(slots, thread_name_prefix=due.name)
        self._store_lost = False

    def run(self) -> None:
        """Claim until stopped; the store may come and go meanwhile."""
        while not self.stopping.is_set():
            if not self._free.acquire(timeout=SLEEP_MAX_S):
                continue
            claim = self._claim()
            if claim is None:
                self._free.release()
                continue
            self.leases.add(claim)
            done = self._pool.submit(self._carry_out, claim)
            done.add_done_callback(partial(self._done, claim))
        self._pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Give back what is still in hand after `stopping` was set and the loop has ended."""
        try:
            self.leases.give_back()
            self._waker.close()
        except StoreError as error:
            logger.warning("Could not give back what is in hand: %s", error)

    def _claim(self) -> Claim | None:
        """Claim, or sleep until something may be due; None after a sleep."""
        try:
            claim = self._due.claim()
            if self._store_lost:
                self._store_lost = False
                self.store_returned.set()
            if claim is None:
                wait_ms = self._due.next_due_ms()
                wait_s = SLEEP_MAX_S if wait_ms is None else wait_ms / 1000
                self._waker.wait(min(wait_s, SLEEP_MAX_S))
        except StoreError as error:
            if not self._store_lost:
                logger.error("The store is lost: %s", error)  # noqa: TRY400  (its words say it all)
            self._store_lost = True
            self.stopping.wait(STORE_RETRY_S)
            return None
        return claim

    def _carry_out(self, claim: Claim) -> None:
        """Do the work; whatever goes wrong backs this member off and stops nothing else."""
        try:
            self._work(claim)
        except StaleLeaseError:
            logger.warning("%r was taken over by another worker; nothing written", claim.member)
        except StoreError as error:
            logger.warning("Could not record the work on %r: %s", claim.member, error)
        except Exception:
            logger.exception("A fault while working on %r; again in a minute", claim.member)
            self._back_off(claim)

    def _back_off(self, claim: Claim) -> None:
        try:
            self._due.give_back(claim, in_ms=FAULT_BACKOFF_MS)
        except StoreError as error:
            logger.warning("Could not give back %r: %s", claim.member, error)

    def _done(self, claim: Claim, _future: Future[None]) -> None:
        self.leases.remove(claim)
        self._free.release()


def look(tools: Tools, claim: Claim) -> None:
    """Look at the claimed tag, and put it back if that was decided, by this look or a lost one."""
    memory = Examiner(tools).examine(claim)
    if memory is not None:
        carry_out(tools, claim, memory)


class Worker:
    """Everything that one worker process does, until it is stopped."""

    def __init__(self, tools: Tools, wakers: Callable[[], Waker]) -> None:
        self._tools = tools
        self._stop = threading.Event()
        lane_slots = len(tools.channels) + LANE_SLOTS_MORE
        self._reporter = Reporter(tools)
        self._dispatchers = (
            Dispatcher(tools.looks, partial(look, tools), LOOK_SLOTS, wakers()),
            Dispatcher(tools.lanes, partial(deliver, tools), lane_slots, wakers()),
            Dispatcher(tools.chores, partial(do_chore, tools), CHORE_SLOTS, wakers()),
        )

    def run(self) -> None:
        """Work until `stop`; returns when all work in hand is finished or given back."""
        for dispatcher in self._dispatchers:
            dispatcher.store_returned.set()
            dispatcher.start()
        while not self._stop.wait(SLEEP_MAX_S / 2 if self._owes_looks() else RENEW_EVERY_S):
            self._tend()
        for dispatcher in self._dispatchers:
            dispatcher.stopping.set()
        for dispatcher in self._dispatchers:
            dispatcher.join()
        self._finish_work()
        for dispatcher in self._dispatchers:
            dispatcher.close()

    def stop(self) -> None:
        """Ask for the end; may be called from a signal handler."""
        self._stop.set()

    def _finish_work(self) -> None:
        """Let the work in hand end by itself for a while, with its leases kept alive."""
        now = time.monotonic()
        deadline, renew_at = now + STOP_TIMEOUT_S, now + RENEW_EVERY_S
        while any(d.leases.held for d in self._dispatchers) and now < deadline:
            time.sleep(FINISH_POLL_S)
            now = time.monotonic()
            if now >= renew_at:
                renew_at = now + RENEW_EVERY_S
                self._renew()

    def _renew(self) -> None:
        for dispatcher in self._dispatchers:
            try:
                dispatcher.leases.renew()
            except StoreError as error:
                logger.warning("Could not renew the leases: %s", error)

    def _owes_looks(self) -> bool:
        """Whether the store is new to us, or was away: all tags must become due."""
        return any(dispatcher.store_returned.is_set() for dispatcher in self._dispatchers)

    def _tend(self) -> None:
        """Renew the leases; after a start and each return of the store make everything due."""
        self._renew()
        self._reporter.report()
        if not self._owes_looks():
            return
        try:
            count = make_all_due(self._tools)
            for dispatcher in self._dispatchers:
                dispatcher.store_returned.clear()
            logger.info("All %d watched tags are due within a minute", count)
        except StoreError as error:
            logger.warning("The store does not answer: %s", error)
