"""The message that stands for an incident where people read: where it is, and what it says now.

Channels with threads post it first, edit it as the incident goes on, and put all else beneath it.
What they remember of a thread is one of these, as text.
"""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from watchdog.core.message import Message
from watchdog.notify.tidy import timestamp


@dataclass(frozen=True, slots=True)
class Root:
    """A message of ours that was posted: `place` and `event` are the service's names for it.

    `asked` is what the place was called by whoever set the channel up, and `last` the newest
    message beneath it, or itself.
    """

    asked: str
    place: str
    event: str
    last: str
    opening: Message

    def text(self) -> str:
        """Write it for the store."""
        return _ROOT.dump_json(self).decode()

    def now(self, message: Message) -> Message:
        """Say how things stand by a later message, and below that what was said first.

        What was said first is marked: "pulled in 6 h" was so then.
        """
        opening = self.opening
        began = ("Opened", f"{timestamp(message.since or opening.at)}: {opening.title}")
        first = (fact for fact in opening.facts if fact not in message.facts)
        return replace(
            message,
            facts=(*message.facts, began, *((f"{name} (then)", text) for name, text in first)),
            link=message.link or opening.link,
            links=message.links or opening.links,
        )


_ROOT = TypeAdapter(Root)


def remembered_root(text: str | None, asked: str) -> Root | None:
    """Read what was remembered; None if that is nothing, damaged, or of another place."""
    try:
        root = _ROOT.validate_json(text) if text else None
    except ValidationError:
        return None
    return root if root and root.asked == asked else None
