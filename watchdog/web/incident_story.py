"""An incident as people read it: its steps, how long they took, who did it before. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchdog.core.incident_record import Entry, Happening, Incident
from watchdog.core.memory import Move
from watchdog.core.message import Stage
from watchdog.core.offender import Offence, offences_of, repetition
from watchdog.store.incidents import KeptIncident
from watchdog.web.watched import Standing

BEFORE_SHOWN = 10
_WORDS = {
    Happening.OPENED: "noticed, and judged to be wrong",
    Happening.JOINED: "another wrong build took its place",
    Happening.CAME_AGAIN: "a wrong build came again",
    Happening.ACKNOWLEDGED: "acknowledged",
    Happening.REMINDED: "people were reminded",
    Happening.SILENCED: "silenced",
    Happening.TRUSTED: "a build was trusted",
    Happening.REVERT_ORDERED: "putting back was ordered",
    Happening.REVERT_FAILED: "it could not be put back",
    Happening.OVERTAKEN: "a push came while it was put back",
    Happening.RESOLVED: "right again",
}
_TONES = {
    Happening.OPENED: "wrong",
    Happening.JOINED: "wrong",
    Happening.CAME_AGAIN: "wrong",
    Happening.REVERT_FAILED: "wrong",
    Happening.OVERTAKEN: "lagging",
    Happening.RESOLVED: "right",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story: when, what, why in words, by whom; `tone` is how it is coloured."""

    at: datetime
    what: str
    words: str = ""
    by: str = ""
    tone: str = "unseen"


def steps_of(incident: Incident) -> tuple[Step, ...]:
    """Tell the story from the push to the end, in the order of time."""
    pushed = Step(incident.wrong_since, "the wrong build was pushed", tone="wrong")
    told = incident.told_at and Step(incident.told_at, "people were told")
    steps = (pushed, *map(_step, incident.story), *([told] if told else []))
    return tuple(sorted(steps, key=lambda step: step.at))


def tone_of(incident: Incident) -> Standing:
    """Say in which tone an incident is shown."""
    return Standing.RIGHT if incident.stage is Stage.RESOLVED else Standing.WRONG


def noticed_after(incident: Incident) -> timedelta:
    """Say how long it took to notice."""
    return max(timedelta(), incident.opened_at - incident.wrong_since)


def right_after(incident: Incident) -> timedelta | None:
    """Say how long the tag was wrong; None while it is."""
    ended = incident.right_since or incident.resolved_at
    return max(timedelta(), ended - incident.wrong_since) if ended else None


def repeated(incident: Incident, history: Iterable[Move]) -> str:
    """Say in words whether its first build's offender has moved the tag wrongly before."""
    first = incident.builds[0] if incident.builds else None
    if not first:
        return ""
    past = offences_of(history)
    here = next((one.pusher for one in past if one.at == first.since), "")
    found = repetition(past, Offence(first.since, first.source, here), incident.opened_at)
    return found.sentence if found else ""


def same_before(kept: KeptIncident, others: Iterable[KeptIncident]) -> tuple[KeptIncident, ...]:
    """Find earlier incidents, of whatever tag, with a build from the same unexpected source."""
    sources = {build.source for build in kept.incident.builds if build.source}
    earlier = (
        one
        for one in others
        if one.id != kept.id
        and one.incident.opened_at <= kept.incident.opened_at
        and any(build.source in sources for build in one.incident.builds)
    )
    return tuple(earlier)[:BEFORE_SHOWN]


def _step(entry: Entry) -> Step:
    tone = _TONES.get(entry.what, "unseen")
    return Step(entry.at, _WORDS[entry.what], entry.words, entry.by, tone)
