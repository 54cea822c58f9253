"""A look at a base image: others inherit its labels. What no rule watches is not judged."""

import logging

from watchdog.core.observation import Observation
from watchdog.core.reference import Tag
from watchdog.errors import StoreError, WatchdogError
from watchdog.store.due import Claim
from watchdog.store.records import base_writes, moment, outage_entered_writes, outage_left_writes
from watchdog.work.tools import Tools
from watchdog.work.write_tag import held_now

logger = logging.getLogger(__name__)


def look_at_base(tools: Tools, claim: Claim, tag: Tag) -> None:
    """Read a base image and keep what others may inherit; raises StaleLeaseError and StoreError."""
    subject = f"base image {tag}"
    try:
        writes = base_writes(_observe(tools, tag)) + outage_left_writes(tag, subject)
    except StoreError:
        raise
    except WatchdogError as error:
        logger.warning("Could not read the base image %s: %s", tag, error)
        writes = outage_entered_writes(tag, subject, str(error), moment(claim.now_ms))
    wait_ms = round(tools.look_every.total_seconds() * 1000)
    tools.looks.complete(claim, next_in_ms=wait_ms, writes=writes)


def _observe(tools: Tools, tag: Tag) -> Observation:
    """Read it; on a Quay by its digest, which leaves nothing in the usage log."""
    if not tools.policy.is_quay(tag.repository):
        return tools.registry.observe(tag)
    return tools.registry.observe(tag, held_now(tools, tag).digest, kept=True)
