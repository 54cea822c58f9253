"""A tag that no rule watches any more: not looked at again, and its incident is over."""

from watchdog.core.incident import close
from watchdog.core.memory import TagMemory
from watchdog.core.occasion import Occasion
from watchdog.core.reference import Tag
from watchdog.core.wording import tag_message
from watchdog.store.due import Claim, Write
from watchdog.store.incidents import incident_writes
from watchdog.store.outbox import post
from watchdog.store.records import memory_writes, moment, outage_left_writes
from watchdog.work.look import link_to
from watchdog.work.tools import Tools


def leave(tools: Tools, claim: Claim, tag: Tag) -> None:
    """Take a tag out of the due set; what is known of it stays, for the rule may come back."""
    memory = tools.records.memory(tag) or TagMemory()
    writes: list[Write] = outage_left_writes(tag, memory.outage) if memory.outage else []
    now = moment(claim.now_ms)
    followed = close(memory, now, "no rule watches the tag any more")
    if memory.incident:
        writes += memory_writes(tag, followed.memory)
        writes += incident_writes(tag, memory.incident, followed)
    link = link_to(tag, tools.base_url)
    occasion = Occasion(tag, memory, followed.memory, now, link=link, closed=followed.closed)
    posting = post([tag_message(told, occasion) for told in followed.tellings], tools.routes)
    tools.looks.complete(
        claim, next_in_ms=None, writes=[*writes, *posting.writes], announce=posting.announce
    )
