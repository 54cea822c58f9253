"""Who put there what a tag holds or held: from the usage log of a Quay whose token may read it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from watchdog.core.pusher import Pusher, PusherKind, mover
from watchdog.core.quay_access import Ability, Feature
from watchdog.core.reference import Tag
from watchdog.core.tag_history import Held
from watchdog.errors import DeniedError, NotFoundError, StoreError, WatchdogError
from watchdog.registry.quay.usage_log import NEEDS, Extract, application_of, read_log, who_moved
from watchdog.store.due import Write
from watchdog.store.quay_applications import application_writes
from watchdog.work.look import Look
from watchdog.work.tools import Tools

LOG_MAX_S = 10.0
"""The verdict waits no longer than this for the log to be read."""
LOG_AGAIN_MAX_S = 40.0
LOG_AGAIN_PAGES_MAX = 200
"""Once the verdict is told a long log is read further."""
OURSELVES = "the watchdog's own"

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Movers:
    """Who moved a look's tag: its registry's log is read once, when it is first asked, for all.

    `moves` are what may be asked for. Every method raises StoreError.
    """

    tools: Tools
    look: Look
    moves: Sequence[Held]
    _extract: Extract | None = field(default=None, init=False)

    def of(self, held: Held) -> Pusher | None:
        """Say who put there what the tag held; None where there is no log to ask."""
        host = self.look.tag.repository.registry
        if not self.tools.quay.has_token(host):
            return mover(held, None)
        logged = self._logged(held)
        own = _our_application(self.tools, host)
        if own and logged.application == own:
            # What our own token did is no person's hand, though it acts as who made the token.
            return replace(logged, kind=PusherKind.ROBOT, title=OURSELVES)
        return mover(held, logged)

    def untold(self) -> Pusher | None:
        """Say so where the registry's history should tell of a move and could not be read."""
        if not self._works(Feature.HISTORY):
            return None
        return _unknown("its history could not be read", pending=True)

    def _logged(self, held: Held) -> Pusher:
        try:
            logged = self._log().who_moved(held)
        except DeniedError:
            return _unknown(f"needs {NEEDS}")
        except NotFoundError as error:
            logger.info("Who moved %s cannot be known: %s", self.look.tag, error)
            return _unknown("this Quay has no log that can be read")
        except WatchdogError as error:
            logger.info("Who moved %s is not known: %s", self.look.tag, error)
            pending = self._works(Feature.PUSHERS)
            return _unknown("the usage log could not be read", pending=pending)
        # It was read, so it may be, and it may be late.
        return logged or _unknown("the usage log has no entry of it", pending=True)

    def _log(self) -> Extract:
        """Read the log unless that was done; at first the verdict waits for it."""
        if self._extract is None:
            quay, tag = self.tools.quay, self.look.tag
            if self.look.before.sought_since:
                far = LOG_AGAIN_PAGES_MAX
                self._extract = read_log(
                    quay, tag, self.moves, read_max_s=LOG_AGAIN_MAX_S, pages_max=far
                )
            else:
                self._extract = read_log(quay, tag, self.moves, read_max_s=LOG_MAX_S)
        return self._extract

    def _works(self, feature: Feature) -> bool:
        """Whether Quay has shown that it lets us do this."""
        standing = self.tools.quay_access.standing(str(self.look.tag.repository))
        stated = standing.statements if standing else ()
        return any(s.feature is feature and s.ability is Ability.YES for s in stated)


def is_our_restore(tools: Tools, tag: Tag, row: Held) -> bool:
    """Whether the log proves that our token made this row; raises StoreError."""
    own = _our_application(tools, tag.repository.registry)
    if not own:
        return False
    try:
        who = who_moved(tools.quay, tag, row, read_max_s=LOG_MAX_S)
    except StoreError:
        raise
    except WatchdogError as error:
        logger.info("Whether %s was restored by us is not known: %s", tag, error)
        return False
    return who is not None and who.application == own


def application_learnt(tools: Tools, tag: Tag, ours: Held) -> list[Write]:
    """Note which application our token belongs to, by what the log says of a restore.

    `ours` is the row of a restore that this process made, and nobody else at that time.
    """
    host = tag.repository.registry
    try:
        application = application_of(tools.quay, tag, ours, read_max_s=LOG_MAX_S)
    except StoreError:
        raise
    except WatchdogError as error:
        logger.info("The application of our token for %s is not known: %s", host, error)
        return []
    if not application:
        return []
    return application_writes(host, tools.quay.token_mark(host), application)


def _our_application(tools: Tools, host: str) -> str:
    return tools.quay_applications.read(host, tools.quay.token_mark(host))


def _unknown(note: str, *, pending: bool = False) -> Pusher:
    return Pusher(PusherKind.UNKNOWN, note=note, pending=pending)
