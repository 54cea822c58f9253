"""From which limits on something is wrong with the watchdog, and what is said of it."""

from datetime import timedelta

import pytest

from tests.core.examples import NOW
from watchdog.core.self_condition import SelfCode
from watchdog.core.self_trouble import (
    CLOCK_APART_MAX,
    DISK_FREE_MIN_BYTES,
    FETCH_FAILED_WITHIN,
    OVERDUE_AFTER,
    UNDONE_AFTER,
    FailingMirror,
    NodeReport,
    mirror_troubles,
    node_troubles,
    store_unsafe,
    store_write_failed,
    sweep_late,
)

SECOND, GIB = timedelta(seconds=1), 1024**3


def test_a_look_that_is_due_for_long_is_late():
    assert list(sweep_late(OVERDUE_AFTER, {}, NOW)) == []
    (late,) = sweep_late(timedelta(minutes=12), {}, NOW)
    assert (late.code, late.about) == (SelfCode.SWEEP_LATE, "")
    assert late.title == "Looks are late: one has been due for 12 min"
    assert late.facts == (("Due since", "2026-03-02 04:18 UTC"),)


def test_so_is_a_chore_that_does_not_end():
    assert list(sweep_late(timedelta(), {"outages": NOW - UNDONE_AFTER}, NOW)) == []
    undone = {"quay-hooks": NOW - UNDONE_AFTER - SECOND, "outages": NOW}
    (late,) = sweep_late(timedelta(), undone, NOW)
    assert late.title == "What the watchdog does by its timer fails: quay-hooks"
    assert late.facts == (("Chore quay-hooks", "has not ended since 2026-03-02 04:24 UTC"),)


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (store_unsafe, SelfCode.STORE_UNSAFE),
        (store_write_failed, SelfCode.STORE_WRITE_FAILED),
    ],
)
def test_all_that_is_wrong_with_the_store_is_one_trouble(say, code):
    assert list(say(())) == []
    (trouble,) = say(("one", "two"))
    assert trouble.code is code
    assert trouble.facts == (("Store", "one"), ("Store", "two"))


def report(*, ahead=timedelta(), free=500 * GIB, total=1000 * GIB):
    return NodeReport("node-a", NOW, ahead, free, total)


def said(**changes):
    return {trouble.code: trouble.title for trouble in node_troubles(report(**changes))}


DISKS = {
    "plenty": (500 * GIB, 1000 * GIB, False),
    "little-of-a-large-one": (2 * GIB, 1000 * GIB, False),
    "less-than-both": (DISK_FREE_MIN_BYTES - 1, 1000 * GIB, True),
    "the-least": (DISK_FREE_MIN_BYTES, 1000 * GIB, False),
    "much-of-a-small-one": (GIB // 4, GIB, False),
    "little-of-a-small-one": (GIB // 11, GIB, True),
    "nothing": (0, GIB, True),
    "not-known": (None, None, False),
}


@pytest.mark.parametrize(("free", "total", "low"), DISKS.values(), ids=DISKS)
def test_a_disk_is_low_where_little_is_left_both_in_bytes_and_of_the_whole(free, total, low):
    assert (SelfCode.DISK_LOW in said(free=free, total=total)) is low


def test_a_low_disk_is_told_with_what_is_left():
    (trouble,) = node_troubles(report(free=50_000_000, total=10_000_000_000))
    assert trouble.title == "node-a: 50 MB are left for the data folder"
    assert trouble.facts == (("Free", "0% of 10000 MB"),)
    assert trouble.about == "node-a"


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_may_differ_by_half_a_minute(sign):
    assert said(ahead=sign * CLOCK_APART_MAX) == {}
    side = "ahead of" if sign == 1 else "behind"
    title = said(ahead=sign * (CLOCK_APART_MAX + SECOND))[SelfCode.CLOCK_APART]
    assert title == f"node-a: its clock is 31 s {side} the store's"


def failing(name="acme/app", host="github.com", *, fetches=2, since=20, last=1, reason="refused"):
    minute = timedelta(minutes=1)
    return FailingMirror(
        f"{host}/{name}", host, fetches, NOW - since * minute, NOW - last * minute, reason
    )


def mirrors(*found, told=()):
    return list(mirror_troubles(found, told, NOW))


LONG_AGO = FETCH_FAILED_WITHIN // timedelta(minutes=1) + 1
UNTOLD = {
    "once": (failing(fetches=1), ()),
    "long-ago": (failing(last=LONG_AGO, since=LONG_AGO), ()),
    "an-outage-tells-it": (failing(), ("github.com",)),
}


@pytest.mark.parametrize(("found", "told"), UNTOLD.values(), ids=UNTOLD)
def test_a_fetch_is_no_trouble_that_failed(found, told):
    assert mirrors(found, told=told) == []


def test_a_source_that_cannot_be_fetched_is_named_with_its_reason():
    (trouble,) = mirrors(failing(), told=("gitlab.com",))
    assert (trouble.code, trouble.about) == (SelfCode.MIRROR_FAILING, "github.com")
    assert trouble.title == "github.com/acme/app cannot be fetched"
    assert trouble.facts == (
        ("Failing since", "2026-03-02 04:10 UTC"),
        ("github.com/acme/app", "refused"),
    )


def test_all_sources_of_one_host_are_one_trouble_however_many_workers_say_so():
    found = [failing(f"acme/a{n}", since=20 + n) for n in range(7)]
    (trouble,) = mirrors(*found, *found)
    assert trouble.title == "7 sources on github.com cannot be fetched"
    assert trouble.facts[0] == ("Failing since", "2026-03-02 04:04 UTC")
    assert [name for name, _ in trouble.facts[1:]] == [
        *(f"github.com/acme/a{n}" for n in (6, 5, 4, 3, 2)),
        "And",
    ]
    assert trouble.facts[-1] == ("And", "2 more")


def test_each_host_is_a_trouble_of_its_own():
    found = mirrors(failing(), failing(host="codeberg.org"))
    assert [trouble.about for trouble in found] == ["codeberg.org", "github.com"]
