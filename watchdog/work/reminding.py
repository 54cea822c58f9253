"""Telling of an open incident what is due, where a look could not judge the tag."""

from dataclasses import dataclass

from watchdog.core.flapping import calm
from watchdog.core.incident import remind
from watchdog.core.memory import TagMemory
from watchdog.core.occasion import Occasion
from watchdog.core.telling import Followed
from watchdog.core.wording import tag_message
from watchdog.store.due import Write
from watchdog.store.incidents import incident_writes
from watchdog.store.outbox import post
from watchdog.work.look import Look, link_to
from watchdog.work.tools import Tools


@dataclass(frozen=True, slots=True)
class Reminded:
    """The memory after it, what is to be written, and the lanes to wake."""

    memory: TagMemory
    writes: list[Write]
    announce: list[tuple[str, str]]


def reminded(tools: Tools, look: Look, followed: Followed) -> Reminded:
    """Add what is due of the incident to what is told anyway, and compose all of it."""
    due = remind(followed.memory, look.now, silenced=look.silenced)
    due = Followed(due.memory, (*followed.tellings, *due.tellings))
    told = calm(due, look.rule.flapping, look.now)
    occasion = Occasion(
        tag=look.tag,
        before=look.before,
        after=told.memory,
        now=look.now,
        link=link_to(look.tag, tools.base_url),
        rule=look.rule,
    )
    posting = post([tag_message(telling, occasion) for telling in told.tellings], tools.routes)
    writes = [*incident_writes(look.tag, look.before.incident, told), *posting.writes]
    return Reminded(told.memory, writes, posting.announce)
