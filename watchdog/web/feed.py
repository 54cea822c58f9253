"""`GET /feed.atom`: the newest incidents, as RFC 4287 has it, for a feed reader.

An entry is an incident, with the same id for good; it is changed as its story goes on.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from flask import Blueprint, Response, request

from watchdog import __version__
from watchdog.core.incident_record import Incident
from watchdog.core.message import Stage, plain
from watchdog.store.incidents import Incidents, KeptIncident
from watchdog.web.headers import may_be_kept

ENTRIES = 50
KEPT_S = 30
_ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime.fromtimestamp(0, UTC)
_STAGES = {
    Stage.OPEN: "is wrong",
    Stage.ACKNOWLEDGED: "is wrong, and somebody knows",
    Stage.RESOLVED: "was wrong, and is right again",
}


def feed_blueprint(incidents: Incidents, base_url: str | None = None) -> Blueprint:
    """Make the endpoint; without a base URL links begin with what the reader asked for."""
    blueprint = Blueprint("feed", __name__)

    @blueprint.get("/feed.atom")
    def feed() -> Response:
        root = (base_url or request.url_root).rstrip("/")
        body = feed_of(incidents.newest(ENTRIES), root)
        answer = Response(body, mimetype="application/atom+xml")
        answer.headers["Cache-Control"] = may_be_kept(KEPT_S)
        return answer

    return blueprint


def feed_of(incidents: tuple[KeptIncident, ...], root: str) -> bytes:
    """Write the feed; the same incidents are the same bytes."""
    feed = ET.Element("feed", xmlns=_ATOM)
    _text(feed, "id", f"{root}/feed.atom")
    _text(feed, "title", "Incidents · registry watchdog")
    changes = (_changed(kept.incident) for kept in incidents)
    _text(feed, "updated", _time(max(changes, default=_NEVER)))
    _text(ET.SubElement(feed, "author"), "name", "registry watchdog")
    _text(feed, "generator", "registry watchdog").set("version", __version__)
    ET.SubElement(feed, "link", rel="self", href=f"{root}/feed.atom", type="application/atom+xml")
    ET.SubElement(feed, "link", rel="alternate", href=f"{root}/", type="text/html")
    for kept in incidents:
        _entry(feed, kept, root)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: ET.Element, kept: KeptIncident, root: str) -> None:
    one, entry = kept.incident, ET.SubElement(feed, "entry")
    address = f"{root}/api/v1/incidents/{kept.id}"
    _text(entry, "id", _id(kept))
    _text(entry, "title", plain(f"{kept.tag} {_STAGES[one.stage]}"))
    _text(entry, "published", _time(one.opened_at))
    _text(entry, "updated", _time(_changed(one)))
    ET.SubElement(entry, "link", rel="alternate", href=address, type="application/json")
    ET.SubElement(entry, "category", term=one.stage.value)
    _text(entry, "content", "\n".join(_lines(one))).set("type", "text")


def _id(kept: KeptIncident) -> str:
    """Name an incident for good, wherever the feed is read (RFC 4287, 4.2.6)."""
    name = f"registry-watchdog/{kept.tag}/{kept.id}/{_time(kept.incident.opened_at)}"
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _lines(one: Incident) -> Iterator[str]:
    """Say what was wrong with each build, and how it ended; none of it is markup."""
    yield f"Wrong since {_time(one.wrong_since)}."
    for build in one.builds:
        said = ": ".join(filter(None, (build.code, plain(build.detail))))
        yield f"{build.digest}{f' — {said}' if said else ''}"
    if one.acknowledged:
        yield "Acknowledged."
    if one.right_since:
        closing = f": {plain(one.closing)}" if one.closing else ""
        yield f"Right since {_time(one.right_since)}{closing}."


def _changed(one: Incident) -> datetime:
    """Say when its story went on last."""
    return max(one.opened_at, *(entry.at for entry in one.story), one.resolved_at or one.opened_at)


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
