"""The usage log, page by page, for those who may read it (Quay's endpoints/api/logs.py)."""

import re
from datetime import UTC, datetime, timedelta

from watchdog.demo.quay.answers import document, in_words, message
from watchdog.demo.quay.calls import Call, Endpoint, endpoint
from watchdog.demo.quay.grants import Scope
from watchdog.demo.quay.pages import next_page, start_of
from watchdog.demo.quay.usage_log import Entry
from watchdog.demo.registry_http import Answer

ENTRIES_PER_PAGE = 20
_DAY = timedelta(days=1)
_IN_DAYS = "%m/%d/%Y %Z"
_ELSEWHERE = "Searching the logs is not set up"
_OUT_OF_SERVICE = "Service Unavailable"
_BAD_REQUEST = "The browser (or proxy) sent a request that this server could not understand."


def of_repository(call: Call, path: str) -> Answer:
    """Answer one page of what was done in a repository; needs repo:admin."""
    call.repository(path, Scope.ADMIN)
    return _page(call, [entry for entry in call.books.log.entries if entry.path == path])


def of_organization(call: Call, name: str) -> Answer:
    """Answer one page of what was done in a namespace; needs org:admin."""
    call.permit(Scope.ORGANIZATION)
    performer = call.asked.query.get("performer")
    entries = [
        entry
        for entry in call.books.log.entries
        if entry.path.startswith(f"{name}/")
        and performer in {None, entry.actor.name if entry.actor else None}
    ]
    return _page(call, entries)


def _page(call: Call, entries: list[Entry]) -> Answer:
    log = call.books.log
    if log.unavailable > 0:
        log.unavailable -= 1
        raise message(503, _OUT_OF_SERVICE)
    start, end = _window(call)
    told = {"start_time": in_words(start.timestamp()), "end_time": in_words(end.timestamp())}
    if log.elsewhere:
        return document({**told, "logs": [], "search_unavailable": True, "message": _ELSEWHERE})
    shown = [entry for entry in reversed(entries) if start <= _at(entry) <= end]
    shown = [entry for entry in shown if _at(entry) <= call.books.clock.now - log.late_by]
    pages = _pages(shown, log.empty_pages)
    number = min(start_of(call.asked.query.get("next_page")), len(pages) - 1)
    described = {**told, "logs": [entry.described for entry in pages[number]]}
    return document(described | (next_page(number + 1) if number + 1 < len(pages) else {}))


def _pages(entries: list[Entry], empty_pages: int) -> list[list[Entry]]:
    """Cut into pages; Quay asks several tables in turn, and those before the last may be empty."""
    starts = range(0, len(entries) or 1, ENTRIES_PER_PAGE)
    pages: list[list[Entry]] = [[] for _ in range(empty_pages)]
    pages += [entries[start : start + ENTRIES_PER_PAGE] for start in starts]
    return [*pages, []]


def _window(call: Call) -> tuple[datetime, datetime]:
    """Read from when to when; whole days, and a day more than was said."""
    now = call.books.clock.now
    start = _day(call.asked.query.get("starttime")) or now - _DAY
    end = (_day(call.asked.query.get("endtime")) or now) + _DAY
    if end < start:
        raise message(400, _BAD_REQUEST)
    return start, end


def _day(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(f"{text} UTC", _IN_DAYS).replace(tzinfo=UTC)
    except ValueError:
        return None


def _at(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.at_ms / 1000, UTC)


ENDPOINTS = (
    endpoint("GET", "/logs", of_repository),
    Endpoint("GET", re.compile("/api/v1/organization/([^/]+)/logs"), of_organization),
)
