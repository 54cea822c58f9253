"""What is remembered of Quay's lists."""

from datetime import UTC, datetime

from watchdog.core.listing import Known
from watchdog.core.memory import TagMemory
from watchdog.core.reference import Repository, Tag
from watchdog.store.quay_lists import (
    QuayList,
    QuayLists,
    list_forgotten_writes,
    list_writes,
    repository_forgotten_writes,
    repository_writes,
)
from watchdog.store.records import memory_writes

AT = datetime(2026, 11, 23, 9, 47, 28, tzinfo=UTC)
PLACE, APP = "quay.io/acme", Repository.parse("quay.io/acme/app")
KNOWN, STATE = Known(AT, settled=False, absent=1), QuayList(AT, "503", owed=True)


def write(client, writes):
    for command in writes:
        client.execute_command(*command)


def test_what_was_written_is_read_until_it_is_forgotten(client):
    lists = QuayLists(client)
    assert (lists.state(PLACE), lists.listing(PLACE, APP)) == (None, (None, None))
    write(client, [*list_writes(PLACE, STATE), *repository_writes(PLACE, APP, KNOWN)])
    assert lists.state(PLACE) == STATE
    assert lists.repositories(PLACE) == {APP: KNOWN}
    assert lists.listing(PLACE, APP) == (STATE, KNOWN)
    write(client, repository_forgotten_writes(PLACE, APP))
    assert lists.listing(PLACE, APP) == (STATE, None)
    write(client, list_forgotten_writes(PLACE))
    assert client.keys("*") == []


def test_the_tags_below_a_name_are_those_whose_names_begin_so_whatever_characters_it_has(client):
    names = ("[::1]:5000/a-b/app:latest", "[::1]:5000/a-b/x/y:v1", "[::1]:5000/a-bc/app:latest")
    more = (f"[::1]:5000/other/app-{number:05}:latest" for number in range(3000))
    for name in (*names, *more):
        write(client, memory_writes(Tag.parse(name), TagMemory()))
    below = QuayLists(client).tags_below(Repository("[::1]:5000", "a-b"))
    assert sorted(map(str, below)) == sorted(names[:2])
