"""An incident and a silence as programs read them."""

from datetime import UTC, datetime
from typing import Any

from watchdog.core.incident_record import BadBuild, Entry, Happening, Incident
from watchdog.core.silence import Silence
from watchdog.store.incidents import KeptIncident


def incident_document(kept: KeptIncident, *, people: bool = True) -> dict[str, Any]:
    """Write an incident with its builds and its story; who said what only with `people`."""
    one, known = kept.incident, kept.incident.acknowledged
    return {
        "id": kept.id,
        "tag": kept.tag,
        "stage": one.stage,
        "wrong_since": _time(one.wrong_since),
        "opened_at": _time(one.opened_at),
        "told_at": _time(one.told_at),
        "reminders": one.reminders,
        "acknowledged": {
            "digest": str(known.digest),
            "by": known.by if people else None,
            "reason": known.reason if people else None,
            "at": _time(known.at),
        }
        if known
        else None,
        "resolved_at": _time(one.resolved_at),
        "right_since": _time(one.right_since),
        "closing": (one.closing or None) if people or not _ordered(one) else None,
        "builds": [_build(build) for build in one.builds],
        "story": [_entry(entry, people=people) for entry in one.story],
    }


def silence_document(silence: Silence, *, people: bool = True) -> dict[str, Any]:
    """Write a silence; who said what only with `people`."""
    return {
        "id": silence.id,
        "pattern": str(silence.pattern),
        "by": silence.by if people else None,
        "reason": silence.reason if people else None,
        "at": _time(silence.at),
        "until": _time(silence.until),
        "ended_by": (silence.ended_by or None) if people else None,
    }


def _build(build: BadBuild) -> dict[str, Any]:
    return {
        "digest": str(build.digest),
        "since": _time(build.since),
        "code": build.code,
        "detail": build.detail,
        "source": str(build.source) if build.source else None,
        "revision": build.revision,
        "times": build.times,
    }


def _ordered(incident: Incident) -> bool:
    """Tell whether somebody ordered the revert that closed it: the closing words name them."""
    return any(entry.what is Happening.REVERT_ORDERED for entry in incident.story)


def _entry(entry: Entry, *, people: bool) -> dict[str, Any]:
    return {
        "at": _time(entry.at),
        "what": entry.what,
        "words": entry.words if people or not entry.by else "",
        "digest": str(entry.digest) if entry.digest else None,
        "by": (entry.by or None) if people else None,
    }


def _time(at: datetime | None) -> str | None:
    """Write a time as RFC 3339 has it, in UTC."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
