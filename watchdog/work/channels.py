"""The chore that follows how the channels fare, and tells the others of one that fails."""

from watchdog.core.channel_health import ChannelTold, follow_channel
from watchdog.core.routing import Routes
from watchdog.store.channels import channels_writes, told_writes
from watchdog.store.due import Claim, Write
from watchdog.store.outbox import post
from watchdog.store.records import moment
from watchdog.work.tools import Tools

EVERY_MS = 60_000


def follow_channels(tools: Tools, claim: Claim) -> None:
    """Say which channels there are, and tell of those that fail or work again.

    Raises StaleLeaseError and StoreError.
    """
    now, kinds = moment(claim.now_ms), _kinds(tools)
    writes: list[Write] = channels_writes(kinds)
    announce: list[tuple[str, str]] = []
    told = tools.fared.told()
    for state in tools.fared.states():
        before = told.get(state.name, ChannelTold())
        after, messages = follow_channel(state, before, now)
        if after != before:
            writes += told_writes(state.name, after)
        for message in messages:
            posting = post([message], Routes(tools.routes.around(state.name, message)))
            writes += posting.writes
            announce += posting.announce
    tools.chores.complete(claim, next_in_ms=EVERY_MS, writes=writes, announce=announce)


def _kinds(tools: Tools) -> dict[str, str]:
    """Name each channel's kind; one of the environment is called by it."""
    sections = tools.policy.channels
    return {name: sections[name].kind if name in sections else name for name in tools.channels}
