"""Memories and histories for a store, as the worker would have written them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from watchdog.core.commits import parse_revision
from watchdog.core.evidence import Basis
from watchdog.core.incident_record import BadBuild, Entry, Happening, Incident, incident_id
from watchdog.core.memory import Condition, Move, TagMemory, TrustedBuild
from watchdog.core.policy import parse_policy
from watchdog.core.reference import Digest, Tag
from watchdog.core.source import parse_source
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code, ConditionCode, Finding
from watchdog.store import keys
from watchdog.store.due import DueSet
from watchdog.store.incidents import incident_writes
from watchdog.store.records import memory_writes, move_writes

ACQUACOTTA = Tag.parse("quay.io/crunchtools/acquacotta:latest")
ROTV = Tag.parse("quay.io/crunchtools/rotv:latest")
GATEHOUSE = Tag.parse("quay.io/crunchtools/gatehouse:latest")
POSTIZ = Tag.parse("quay.io/crunchtools/postiz:latest")
UNSEEN = Tag.parse("quay.io/crunchtools/new:latest")
NOW = datetime.now(UTC).replace(microsecond=0)
INCIDENT = incident_id(ACQUACOTTA, "8")
LOOK_EVERY = timedelta(minutes=5)
POLICY = parse_policy(
    {
        "watch": [
            {"image": str(tag.repository), "source": f"https://github.com/{tag.repository.path}"}
            for tag in (ACQUACOTTA, ROTV, GATEHOUSE, UNSEEN)
        ]
        + [{"image": "quay.io/crunchtools/*", "source": "https://github.com/crunchtools/{name}"}]
    }
)


def digest(name):
    return Digest.of(name.encode())


def revision(name):
    return parse_revision(digest(name).hex[:40])


def source(name):
    return parse_source(f"https://github.com/crunchtools/{name}")[0]


def accepted(tag, code=Code.NEWER, *, age=timedelta(hours=9), now):
    """A tag that holds its trusted build."""
    name = tag.repository.name
    build = TrustedBuild(
        digest(name),
        source(name),
        revision(name),
        Basis.LABEL,
        now - age,
        Code.NEWER,
        POLICY.rule_for(tag).fingerprint,
    )
    return TagMemory(
        number=7,
        digest=build.digest,
        since=now - age,
        findings=(Finding(code, "3 commits ahead of the trusted revision, on main"),),
        judged_at=now - timedelta(minutes=2),
        source=build.source,
        revision=build.revision,
        basis=Basis.LABEL,
        baseline=build.revision,
        trusted=build,
    )


def rejected(tag, *, now):
    """A tag that an archived sibling has overwritten."""
    good = accepted(tag, age=timedelta(days=3), now=now)
    sibling = source(f"{tag.repository.name}-old")
    found = (
        Finding(
            Code.UNEXPECTED_SOURCE,
            f"built from {sibling}, which is not {good.source}; its commit is on no allowed ref",
            revertible=True,
        ),
        Finding(Code.UNRELATED_HISTORY, "no common ancestor with the baseline"),
    )
    return replace(
        good,
        number=8,
        digest=digest("bad"),
        since=now - timedelta(minutes=12),
        findings=found,
        source=sibling,
        revision=revision("bad"),
        incident=Incident(
            "8",
            now - timedelta(minutes=12),
            now - timedelta(minutes=12),
            (BadBuild(digest("bad"), now - timedelta(minutes=12), found[0].code, found[0].detail),),
            story=(Entry(now - timedelta(minutes=11), Happening.OPENED, found[0].detail),),
        ),
    )


def lagging(tag, *, now):
    """A tag that holds its trusted build while main has moved on."""
    since = now - timedelta(hours=5)
    lag = Condition(
        ConditionCode.LAGGING, "k", since, "refs/heads/main is 4 commits ahead", in_force=True
    )
    return replace(accepted(tag, now=now), conditions=(lag,))


def inconclusive(tag, *, now):
    """A tag whose registry does not answer."""
    words = "reading the manifest from quay.io: no answer within 20 s"
    return replace(
        accepted(tag, now=now), findings=(Finding(Code.REGISTRY_UNREACHABLE, words),), failures=3
    )


def move(memory, at, *, event="verdict", actor=None):
    """One row of a history, as a memory was then."""
    return Move(
        memory.number,
        at,
        event,
        memory.digest,
        memory.findings,
        memory.source,
        memory.revision,
        memory.basis,
        actor,
    )


def write(client, tag, memory, *moves):
    """Write a memory and its moves, the oldest first."""
    for write in (*memory_writes(tag, memory), *(w for m in moves for w in move_writes(tag, m))):
        client.execute_command(*write)


def fill(client, now=None):
    """One tag in each state; one more is in the policy and was not looked at yet."""
    now = now or datetime.now(UTC).replace(microsecond=0)
    wrong, right = rejected(ACQUACOTTA, now=now), accepted(ACQUACOTTA, now=now)
    week = timedelta(days=7)
    write(
        client,
        ACQUACOTTA,
        wrong,
        move(replace(right, findings=(Finding(Code.FIRST_SEEN, "on main"),)), now - 2 * week),
        move(wrong, now - week, actor="crunchtools+old_ci"),
        move(right, now - week + timedelta(minutes=1), event="revert", actor="watchdog"),
        move(right, now - timedelta(days=3), actor="crunchtools+ci"),
        move(wrong, now - timedelta(minutes=12), actor="crunchtools+old_ci"),
    )
    write(client, ROTV, lagging(ROTV, now=now), move(accepted(ROTV, now=now), now - week))
    write(client, GATEHOUSE, inconclusive(GATEHOUSE, now=now))
    write(client, POSTIZ, accepted(POSTIZ, now=now), move(accepted(POSTIZ, now=now), now - week))
    for one in incident_writes(ACQUACOTTA, None, Followed(wrong)):
        client.execute_command(*one)
    looks = DueSet(client, keys.LOOKS)
    looks.schedule((str(tag), 200_000) for tag in (ACQUACOTTA, ROTV, POSTIZ, UNSEEN))
    looks.schedule([(str(GATEHOUSE), 15_000)])
    return now
