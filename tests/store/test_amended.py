"""A row of a history is written anew in its place, whatever came above it meanwhile."""

from dataclasses import replace

from tests.core.examples import NOW, digest, memory
from watchdog.core.memory import Move
from watchdog.core.pusher import Pusher, PusherKind
from watchdog.core.reference import Repository, Tag
from watchdog.store.records import Records, amended_writes, move_writes

TAG = Tag(Repository("quay.io", "acme/app"), "latest")
FIRST, SECOND, THIRD = (
    Move.of(memory(digest=digest(name), number=number), NOW, "verdict")
    for number, name in enumerate("abc")
)
KNOWN = replace(SECOND, pusher=Pusher(PusherKind.ROBOT, "acme+ci"))


def write(client, *writes):
    for command in (command for commands in writes for command in commands):
        client.execute_command(*command)


def test_a_row_is_written_anew_in_its_place(redis_client):
    write(redis_client, *(move_writes(TAG, row) for row in (FIRST, SECOND, THIRD)))
    write(redis_client, amended_writes(TAG, SECOND, KNOWN))
    assert Records(redis_client).history(TAG) == (THIRD, KNOWN, FIRST)


def test_a_row_that_is_there_no_more_is_not_written(redis_client):
    write(redis_client, move_writes(TAG, FIRST), amended_writes(TAG, SECOND, KNOWN))
    assert Records(redis_client).history(TAG) == (FIRST,)
