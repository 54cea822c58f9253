"""Who put there what a tag holds: from the usage log of a Quay whose token may read it."""

import logging
from dataclasses import replace

from watchdog.core.pusher import Pusher, PusherKind, mover
from watchdog.core.reference import Tag
from watchdog.core.tag_history import Held
from watchdog.errors import DeniedError, StoreError, WatchdogError
from watchdog.registry.quay.usage_log import NEEDS, own_application, who_moved
from watchdog.store.due import Write
from watchdog.store.quay_applications import application_writes
from watchdog.work.look import Look
from watchdog.work.tools import Tools

LOG_MAX_S = 10.0
"""The verdict waits no longer than this for the log to be read."""
OURSELVES = "the watchdog's own"

logger = logging.getLogger(__name__)


def pusher_of(tools: Tools, look: Look, held: Held) -> Pusher | None:
    """Say who put there what the tag held; None where there is no log to ask. Raises StoreError."""
    host = look.tag.repository.registry
    if not tools.quay.has_token(host):
        return mover(held, None)
    try:
        logged = who_moved(tools.quay, look.tag, held, read_max_s=LOG_MAX_S)
        logged = logged or Pusher(PusherKind.UNKNOWN, note="the usage log has no entry of it")
    except StoreError:
        raise
    except DeniedError:
        logged = Pusher(PusherKind.UNKNOWN, note=f"needs {NEEDS}")
    except WatchdogError as error:
        logger.info("Who moved %s is not known: %s", look.tag, error)
        logged = Pusher(PusherKind.UNKNOWN, note="the usage log could not be read")
    own = tools.quay_applications.read(host)
    if own and logged.application == own:
        # What our own token did is no person's hand, though it acts as the person who made it.
        return replace(logged, kind=PusherKind.ROBOT, title=OURSELVES)
    return mover(held, logged)


def application_learnt(tools: Tools, tag: Tag, ours: Held) -> list[Write]:
    """Note which application our token belongs to, by what the log says of our own restore."""
    host = tag.repository.registry
    if tools.quay_applications.read(host):
        return []
    try:
        application = own_application(tools.quay, tag, ours)
    except StoreError:
        raise
    except WatchdogError as error:
        logger.info("The application of our token for %s is not known: %s", host, error)
        return []
    return application_writes(host, application) if application else []
