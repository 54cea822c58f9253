"""Announcing tags, also while the store is down: what it did not take is owed.

Quay turns a hook off for good after three failures, so an authentic one is always answered 2xx.
Once an announcement failed, all further ones are owed at once, without asking the store: one thread
of this process asks, and pays when the store is back. What a lost process owed is made good by the
workers, which make every watched tag due at each start and each return of the store.
"""

import logging
import threading
from collections.abc import Callable, Iterable

from watchdog.core.reference import Tag
from watchdog.errors import StoreError
from watchdog.store.due import DueSet

OWED_MAX = 10_000
RETRY_S = 1.0
STOP_TIMEOUT_S = 2.0
# When everything is owed, spread it: a thousand tags are not to be a thousand looks in one second.
SPREAD_MS = 60_000

logger = logging.getLogger(__name__)


class Debt:
    """What this process still has to announce; safe to use from many threads.

    Over `owed_max` announcements it owes `everything`: each tag that this returns is made due.
    """

    def __init__(
        self,
        looks: DueSet,
        everything: Callable[[], Iterable[Tag]],
        *,
        owed_max: int = OWED_MAX,
        retry_s: float = RETRY_S,
    ) -> None:
        self._looks = looks
        self._everything = everything
        self._owed_max = owed_max
        self._retry_s = retry_s
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._owed: dict[tuple[str, str], None] = {}
        self._owes_everything = False
        self._payer: threading.Thread | None = None

    def announce(self, tag: Tag, hint: str) -> bool:
        """Make a tag due; True if the store has it, False if it is owed."""
        if self._payer is None:
            try:
                self._looks.announce(str(tag), hint=hint)
            except StoreError as error:
                logger.warning("%s is owed a look: %s", tag, error)
            else:
                return True
        self._owe((str(tag), hint))
        return False

    def stop(self) -> None:
        """Try once more to pay, and end."""
        self._stopping.set()
        payer = self._payer
        if payer is not None:
            payer.join(STOP_TIMEOUT_S)
            self._pay_once()

    def _owe(self, announcement: tuple[str, str]) -> None:
        with self._lock:
            if len(self._owed) < self._owed_max or announcement in self._owed:
                self._owed[announcement] = None
            else:
                self._owes_everything = True
            if self._payer is None and not self._stopping.is_set():
                self._payer = threading.Thread(target=self._pay, name="debt", daemon=True)
                self._payer.start()

    def _pay(self) -> None:
        while not self._stopping.wait(self._retry_s):
            if self._pay_once():
                return

    def _pay_once(self) -> bool:
        """Announce what is owed; True when nothing is owed any more."""
        paid = 0
        try:
            while owed := self._take():
                self._announce_or_put_back(owed)
                paid += 1
            if self._owes_everything:
                self._pay_everything()
        except StoreError:
            return False
        finally:
            if paid:
                logger.info("The store took %d announcements that it was owed", paid)
        with self._lock:
            if self._owed or self._owes_everything:
                return False
            self._payer = None
            return True

    def _take(self) -> tuple[str, str] | None:
        """Take the oldest out before it is announced: what comes in meanwhile is owed anew."""
        with self._lock:
            owed = next(iter(self._owed), None)
            if owed is not None:
                del self._owed[owed]
            return owed

    def _announce_or_put_back(self, owed: tuple[str, str]) -> None:
        tag, hint = owed
        try:
            self._looks.announce(tag, hint=hint)
        except StoreError:
            with self._lock:
                self._owed[owed] = None
            raise

    def _pay_everything(self) -> None:
        self._owes_everything = False
        try:
            tags = [str(tag) for tag in self._everything()]
            self._looks.schedule((tag, SPREAD_MS * n // len(tags)) for n, tag in enumerate(tags))
        except StoreError:
            self._owes_everything = True
            raise
        logger.info("All %d watched tags are due within a minute", len(tags))
