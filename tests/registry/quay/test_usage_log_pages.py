"""How far a usage log is read, and what is made of one that is refused or is none."""

import contextlib
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.quay.test_api import CSRF, problem
from tests.registry.quay.usage_log import AT, BUILD, PUSHED, SECOND, entry
from watchdog.core.tag_history import Held
from watchdog.demo.registry_http import Answer
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.quay import usage_log
from watchdog.registry.quay.usage_log import PAGES_MAX, read_log


def test_short_and_empty_pages_are_not_the_end(log):
    log.pages = [[entry("pull_repo", at=AT + 60 * SECOND)], [], [], [entry()], []]

    assert log.who().name == "acme+rogue"
    assert len(log.asked) == len(log.pages)


def test_what_is_older_than_the_move_is_not_read(log):
    log.pages = [[entry(), entry(at=AT - 3 * SECOND)], [entry(performer="acme+ci")]]

    assert log.who().name == "acme+rogue"
    assert len(log.asked) == 1


def test_two_seconds_before_the_move_it_is_still_read_on(log):
    log.pages = [[entry("pull_repo", at=AT - 2 * SECOND)], [entry()]]

    assert log.who().name == "acme+rogue"


DAYS = {
    "noon": (datetime(2026, 3, 1, 12, tzinfo=UTC), "03/01/2026", "03/01/2026"),
    "midnight": (datetime(2026, 3, 1, tzinfo=UTC), "02/28/2026", "03/01/2026"),
    "just-before": (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "12/31/2026", "01/01/2027"),
    "another-zone": (
        datetime.fromisoformat("2026-03-01T01:00:00+02:00"),
        "02/28/2026",
        "02/28/2026",
    ),
}


@pytest.mark.parametrize(("at", "start", "end"), DAYS.values(), ids=DAYS)
def test_the_days_around_the_move_are_asked_for(log, at, start, end):
    log.pages = [[], [entry(at=at.astimezone(UTC))]]

    assert log.who(held=Held(BUILD, at)).name == "acme+rogue"
    for asked in log.asked:
        assert asked.path == "/api/v1/repository/acme/app/logs"
        assert asked.headers["Authorization"] == "Bearer a-token"
        assert (asked.query["starttime"], asked.query["endtime"]) == (start, end)


def test_a_log_without_end_is_given_up(log):
    log.pages = [[entry("pull_repo")]] * (PAGES_MAX + 1)

    with pytest.raises(RemoteError, match="too long") as caught:
        log.who()
    assert not caught.value.retryable
    assert len(log.asked) == PAGES_MAX


def test_a_log_that_takes_too_long_is_given_up(log):
    log.pages = [[entry("pull_repo")]] * 3

    with pytest.raises(RemoteError, match="too long"):
        log.who(read_max_s=0)
    assert len(log.asked) == 1


def test_the_log_is_read_once_for_all_moves(log):
    older = Held(BUILD, AT - 600 * SECOND)
    log.pages = [[entry()], [entry(at=older.since, performer="acme+ci")], [], []]

    extract = read_log(log.api, log.tag, [PUSHED, older])

    assert [extract.who_moved(held).name for held in (PUSHED, older)] == ["acme+rogue", "acme+ci"]
    assert len(log.asked) == len(log.pages)


def test_of_a_log_that_was_not_read_to_the_end_the_newest_is_told(log):
    older = Held(BUILD, AT - 600 * SECOND)
    log.pages = [[entry(), entry("pull_repo", at=AT - 3 * SECOND)], [entry(at=older.since)], []]

    extract = read_log(log.api, log.tag, [older, PUSHED], pages_max=1)

    assert extract.who_moved(PUSHED).name == "acme+rogue"
    with pytest.raises(RemoteError, match="too long"):
        extract.who_moved(older)


def test_what_stands_within_the_last_two_seconds_of_what_was_read_is_not_told(log):
    log.pages = [[entry(), entry("pull_repo", at=AT - 2 * SECOND)], [entry(performer="eve")]]

    with pytest.raises(RemoteError, match="too long"):
        read_log(log.api, log.tag, [PUSHED], pages_max=1).who_moved(PUSHED)


def test_a_log_that_is_kept_elsewhere_is_not_one_without_an_entry(log):
    elsewhere = {"logs": [], "search_unavailable": True, "message": "no search token"}
    log.refusal = Answer(200, {}, json.dumps(elsewhere).encode())

    with pytest.raises(NotFoundError, match=r"keeps its log elsewhere \(no search token\)"):
        log.who()


REFUSALS = {
    "scope": (problem(403, "insufficient_scope", "Unauthorized"), DeniedError, False),
    "bad-token": (problem(401, "invalid_token", "Requires authentication"), DeniedError, False),
    "csrf": (CSRF, DeniedError, False),
    "down": (Answer(503), RemoteError, True),
    "gone": (problem(404, "not_found", "Not Found"), RemoteError, False),
}


@pytest.mark.parametrize(("answer", "error", "retryable"), REFUSALS.values(), ids=REFUSALS)
def test_a_log_that_may_not_be_read_says_what_it_takes(log, answer, error, retryable):
    log.refusal = answer

    with pytest.raises(error) as caught:
        log.who()
    assert caught.value.retryable is retryable
    assert error is not DeniedError or "repo:admin" in str(caught.value)


MALFORMED = {
    "no-logs": {},
    "logs-are-no-list": {"logs": "none"},
    "an-entry-is-no-object": {"logs": ["x"]},
    "no-kind": {"logs": [{"datetime": "x"}]},
    "no-time": {"logs": [entry() | {"datetime": "yesterday"}]},
    "a-time-that-is-no-text": {"logs": [entry() | {"datetime": 1}]},
    "after-the-last-year": {"logs": [entry() | {"datetime": "Fri, 31 Dec 9999 23:59:59 -0100"}]},
    "next-page-is-no-text": {"logs": [], "next_page": [1]},
}


@pytest.mark.parametrize("document", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_log_is_malformed(log, document):
    log.refusal = Answer(200, {}, json.dumps(document).encode())

    with pytest.raises(MalformedError, match="usage log"):
        log.who()


def test_odd_facts_of_an_entry_are_left_out(log):
    row = entry(performer=None, **{"user-agent": ["x"]}) | {"ip": None, "performer": "me"}

    assert log.who(row).sentence() == "unknown"
    assert log.who(entry() | {"metadata": None}) is None


@given(st.text() | st.from_regex(r"\w{3}, \d+ Nov \d+ \d+:\d+:\d+ [+-]\d{4,}", fullmatch=True))
def test_any_text_is_a_time_or_malformed(text):
    with contextlib.suppress(MalformedError):
        assert usage_log._moment(text, "the log").tzinfo is UTC
