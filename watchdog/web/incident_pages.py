"""`/incidents` and `/incidents/ID`: what was wrong, told from the push to the end, for people."""

from http import HTTPStatus

from flask import Blueprint, abort, render_template, request

from watchdog.core.reference import Tag
from watchdog.store.incidents import KEPT_MAX, Incidents
from watchdog.store.records import Records
from watchdog.web.incident_story import (
    noticed_after,
    repeated,
    right_after,
    same_before,
    steps_of,
    tone_of,
)
from watchdog.web.numbered import asked_page
from watchdog.web.watched import PolicyNow, Standing

LISTED = 50
SEARCHED = 500
"""Among so many of the newest the same offender is looked for."""


def incident_pages_blueprint(policy: PolicyNow, records: Records, kept: Incidents) -> Blueprint:
    """Make the pages; a StoreError is left to the application."""
    blueprint = Blueprint("incident_pages", __name__)
    blueprint.add_app_template_global(noticed_after, "noticed_after")
    blueprint.add_app_template_global(right_after, "right_after")
    blueprint.add_app_template_global(tone_of, "tone_of")

    @blueprint.get("/incidents")
    def listed() -> str:
        return _list(records, kept)

    @blueprint.get("/incidents/<identifier>")
    def page(identifier: str) -> str:
        found = kept.read(identifier)
        if not found:
            abort(HTTPStatus.NOT_FOUND, "there is no such incident, or no more")
        tag = Tag.parse(found.tag)
        rule = policy().rule_for(tag)
        return render_template(
            "incident.html",
            headline=f"{tag} {'was' if found.incident.resolved_at else 'is'} wrong",
            tone=tone_of(found.incident),
            now=records.now(),
            kept=found,
            tag=tag,
            watched=rule is not None,
            sources=rule.sources if rule else (),
            address_of=rule.address_of if rule else None,
            steps=steps_of(found.incident),
            repeated=repeated(found.incident, records.history(tag)),
            before=same_before(found, kept.newest(SEARCHED)),
        )

    return blueprint


def _list(records: Records, kept: Incidents) -> str:
    page = asked_page()
    if page > KEPT_MAX // LISTED:
        abort(HTTPStatus.NOT_FOUND, "there are not so many incidents")
    found = kept.newest(LISTED + 1, LISTED * (page - 1))
    still = len(kept.open())
    some = f"{still} incident{'s are' if still > 1 else ' is'} open"
    return render_template(
        "incidents.html",
        headline=some if still else "No incident is open",
        tone=Standing.WRONG if still else Standing.RIGHT,
        now=records.now(),
        listed=found[:LISTED],
        newer=f"{request.path}?page={page - 1}" if page > 1 else "",
        older=f"{request.path}?page={page + 1}" if len(found) > LISTED else "",
    )
