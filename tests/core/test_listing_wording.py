"""What people are told of repositories that a Quay lists no more, or again."""

from datetime import UTC, datetime

from watchdog.core.listing import Change
from watchdog.core.listing_wording import repositories_message
from watchdog.core.message import Severity
from watchdog.core.reference import Repository

NOW = datetime(2026, 11, 23, 9, 47, tzinfo=UTC)
ALL = [Repository("quay.io", f"acme/app-{number}") for number in range(7)]


def message(change, concerned):
    return repositories_message(change, "quay.io/acme", concerned, NOW)


def test_one_that_vanished_is_named_with_what_to_do():
    told = message(Change.VANISHED, ALL[:1])
    assert (told.kind, told.severity) == ("repository-gone", Severity.WARNING)
    assert told.title == "quay.io/acme/app-0 is not listed any more"
    assert told.subject == "quay.io/acme/app-0"
    assert "take it out of the policy" in " ".join(told.advice)


def test_one_that_is_back_is_right():
    told = message(Change.BACK, ALL[:1])
    assert (told.kind, told.severity, told.advice) == ("repository-back", Severity.RIGHT, ())
    assert told.title == "quay.io/acme/app-0 is listed again"


def test_many_are_counted_and_some_named():
    told = message(Change.VANISHED, ALL)
    assert told.title == "7 repositories of quay.io/acme are not listed any more"
    ((name, named),) = told.facts
    assert name == "Repositories"
    assert named.endswith("quay.io/acme/app-4 and 2 more")
    assert message(Change.VANISHED, ALL[:2]).facts[0][1].endswith("app-1")


def test_its_id_is_the_same_however_often_it_is_written_and_no_other_s():
    told = [(change, some) for change in (Change.VANISHED, Change.BACK) for some in (ALL, ALL[:1])]
    ids = {message(change, some).id for change, some in told}
    assert message(Change.VANISHED, ALL).id in ids
    assert len(ids) == 4
