"""Who moved a tag, read from a usage log that answers as Quay's does."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.registry.quay.test_api import CSRF, problem
from watchdog.core.pusher import PusherKind
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.core.tag_history import Held
from watchdog.demo.registry_http import Answer, Server
from watchdog.errors import DeniedError, MalformedError, RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay import usage_log
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.usage_log import PAGES_MAX, own_application, who_moved
from watchdog.registry.transport import Transport

AT = datetime(2026, 11, 23, 9, 47, 28, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BUILD, OTHER = Digest.of(b"build"), Digest.of(b"other")
PUSHED = Held(BUILD, AT)
RESTORED = Held(BUILD, AT, restored=True)
APPLICATION = {
    "oauth_token_id": 3,
    "oauth_token_application_id": "0TYVCQDD4VT904DMTLAH",
    "oauth_token_application": "watchdog",
}


def entry(kind="push_repo", *, at=AT, performer="acme+rogue", tag="latest", **metadata):
    """An entry as recorded from a Quay; no performer: an access token."""
    robot = "+" in (performer or "")
    said = {"repo": "app", "namespace": "acme", "tag": tag, "resolved_ip": {"provider": None}}
    if kind == "push_repo":
        said |= {"user-agent": "skopeo/1.9.3"}
    if performer:
        said |= {"username": performer} | ({"is_robot": True} if robot else {})
    row = {
        "kind": kind,
        "metadata": said | metadata,
        "ip": "203.0.113.7",
        "datetime": format_datetime(at).replace("+0000", "-0000"),
    }
    if performer:
        row["performer"] = {"kind": "user", "name": performer, "is_robot": robot, "avatar": {}}
    return row


def restore(**more):
    return entry("revert_tag", performer="admin", manifest_digest=str(BUILD), **APPLICATION, **more)


class Log:
    """Gives its pages one after the other; every page but the last names the next."""

    def __init__(self):
        self.pages = [[]]
        self.refusal = None
        self.asked = []
        self.server = Server(("127.0.0.1", 0), self._answer)
        self.tag = Tag(Repository(f"127.0.0.1:{self.server.server_port}", "acme/app"), "latest")
        settings = {self.tag.repository.registry: HostSettings(plain_http=True)}
        self.api = QuayApi(Transport(settings), {self.tag.repository.registry: "a-token"})

    def _answer(self, asked):
        self.asked.append(asked)
        if self.refusal:
            return self.refusal
        number = int(asked.query.get("next_page", "0"))
        body = {"logs": self.pages[number]}
        if number + 1 < len(self.pages):
            body["next_page"] = str(number + 1)
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def who(self, *rows, held=PUSHED, **more):
        if rows:
            self.pages = [list(rows)]
        return who_moved(self.api, self.tag, held, **more)


@pytest.fixture
def log():
    log = Log()
    log.server.start()
    yield log
    log.api.close()
    log.server.stop()


def test_a_push_is_the_robot_s_with_its_client_and_address(log):
    who = log.who(entry())

    assert who.sentence() == "robot `acme+rogue`, skopeo/1.9.3, 203.0.113.7"
    assert (who.kind, who.at) == (PusherKind.ROBOT, AT)


ROBOT, PERSON, APP, UNKNOWN = PusherKind
WHO = {
    "person": (entry(performer="alice"), PERSON, "person `alice`"),
    "person-s-app-token": (
        entry(performer="alice", app_specific_token_title="laptop"),
        PERSON,
        "person `alice` through the token `laptop`",
    ),
    "application": (
        entry(performer="admin", **APPLICATION),
        APP,
        "person `admin` through the application `watchdog`",
    ),
    "access-token": (entry(performer=None, token="builder"), UNKNOWN, "unknown (an access token"),
    "nobody": (entry(performer=None), UNKNOWN, "unknown, skopeo"),
    "deleted-robot": (
        entry(performer=None, username="acme+gone", is_robot=True),
        ROBOT,
        "robot `acme+gone`",
    ),
    "deleted-person": (entry(performer=None, username="bob"), PERSON, "person `bob`"),
    "robot-by-its-name-alone": (entry(performer=None, username="a+b"), ROBOT, "robot `a+b`"),
    "robot-by-the-metadata-alone": (entry(performer="bot", is_robot=True), ROBOT, "robot `bot`"),
    "performer-alone-says-robot": (
        entry(performer="x") | {"performer": {"name": "x", "is_robot": True}},
        ROBOT,
        "robot `x`",
    ),
    "api-move": (
        entry("move_tag", performer="alice", manifest_digest=str(BUILD)),
        PERSON,
        "person `alice`, 203.0.113.7",
    ),
    "api-creation": (entry("create_tag", performer="alice"), PERSON, "person `alice`"),
}


@pytest.mark.parametrize(("row", "kind", "said"), WHO.values(), ids=WHO)
def test_who_it_was_by_the_table(log, row, kind, said):
    who = log.who(row)

    assert who.kind is kind
    assert who.sentence().startswith(said)


OTHER_ENTRIES = {
    "another-tag": entry(tag="v1"),
    "a-pull": entry("pull_repo"),
    "a-deletion": entry("delete_tag"),
    "a-restore": restore(),
    "two-seconds-later": entry(at=AT + 2 * SECOND),
    "two-seconds-earlier": entry(at=AT - 2 * SECOND),
    "another-digest": entry("move_tag", manifest_digest=str(OTHER)),
}


@pytest.mark.parametrize("row", OTHER_ENTRIES.values(), ids=OTHER_ENTRIES)
def test_what_is_not_this_move_is_nobody_s(log, row):
    assert log.who(row) is None
    assert log.who(entry(), row).name == "acme+rogue"


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_the_log_s_second_may_be_the_one_beside(log, late):
    assert log.who(entry(at=AT + late * SECOND)).name == "acme+rogue"


def test_a_restore_is_joined_with_a_restore_only(log):
    assert log.who(restore(), entry(), held=RESTORED).name == "admin"
    assert log.who(entry(), held=RESTORED) is None
    assert log.who(restore(), held=replace(RESTORED, digest=OTHER)) is None


def test_of_two_pushes_in_one_second_neither_is_blamed(log):
    who = log.who(entry(), entry(at=AT - SECOND, performer="acme+ci"))

    assert who.kind is UNKNOWN
    assert "acme" not in who.sentence()


def test_two_pushes_of_one_robot_are_its_own(log):
    assert log.who(entry(), entry(at=AT + SECOND)).name == "acme+rogue"


def test_a_time_nobody_knows_is_not_asked_for(log):
    assert log.who(entry(), held=Held(BUILD)) is None
    assert log.asked == []


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


REFUSALS = {
    "scope": (problem(403, "insufficient_scope", "Unauthorized"), DeniedError, False),
    "bad-token": (problem(401, "invalid_token", "Requires authentication"), DeniedError, False),
    "csrf": (CSRF, DeniedError, False),
    "elsewhere": (problem(503, "search_unavailable", "Search is down"), RemoteError, True),
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


def test_our_application_is_learnt_from_our_own_restore(log):
    log.pages = [[restore()]]

    assert own_application(log.api, log.tag, RESTORED) == "0TYVCQDD4VT904DMTLAH"


def test_our_application_is_not_learnt_from_what_may_be_another_s(log):
    log.pages = [[entry(performer="admin", **APPLICATION), entry("revert_tag", performer="eve")]]
    assert own_application(log.api, log.tag, PUSHED) == ""
    assert own_application(log.api, log.tag, RESTORED) == ""

    log.pages = [[restore(), restore(at=AT + SECOND) | {"performer": {"name": "eve"}}]]
    assert own_application(log.api, log.tag, RESTORED) == ""

    log.pages = [[]]
    assert own_application(log.api, log.tag, RESTORED) == ""
