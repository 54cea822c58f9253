"""The due set: what is to be done when, who is doing it, and what came up meanwhile.

Queue, debounce, retry, crash recovery and polling are this one structure. Three instances exist
(`keys.LOOKS`, `keys.LANES`, `keys.CHORES`). Each transition is one Lua script, so it happens
whole or not at all; all times are the server's own, in milliseconds. What is done with a claim,
and when to come back, is the caller's business. Every method raises StoreError.

A command that the server refuses for what it is (a wrong type, say) ends a fenced transaction
half-way: such a `Write` is a mistake in the program. Want of memory or disk is noticed before.
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import redis

from watchdog.errors import StaleLeaseError
from watchdog.store.connection import store_errors
from watchdog.store.keys import due_keys
from watchdog.store.scripts import Argument, Script

LEASE_S = 20.0
HINT_MAX_BYTES = 4 * 1024
SCHEDULE_CHUNK = 1000
EXPIRED_LEASES_PER_CLAIM = 100
# Lua's stack holds about 8000 values.
WRITE_ARGUMENTS_MAX = 4000
TOKEN_BYTES = 9
_SCRIPTS = (
    "announce",
    "schedule",
    "claim",
    "renew",
    "complete",
    "commit",
    "give_back",
    "next_due",
    "void_leases",
)

Write = tuple[Argument, ...]
"""One command of the server with its arguments, such as ("SET", key, value).

("IF-AT", hash, field, time, *command) is done only while that field holds a JSON record of that
`at`: what somebody else wrote meanwhile, without a lease, stands.
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A member that is ours to work on until the lease runs out.

    `expired_leases` counts those that ran out since the last completed claim; `announced` says
    that something made it due again since then, rather than the time alone.
    """

    member: str
    token: str
    generation: int
    hints: tuple[str, ...]
    now_ms: int
    expired_leases: int
    announced: bool


class DueSet:
    """One due set of the store; any number of processes and threads may share it."""

    def __init__(self, client: redis.Redis, name: str, *, lease_s: float = LEASE_S) -> None:
        self.name = name
        self._client = client
        self._keys = due_keys(name)
        self._lease_ms = round(lease_s * 1000)
        self._scripts = {script: Script(client, script) for script in _SCRIPTS}

    def announce(self, member: str, *, hint: str | None = None) -> None:
        """Make a member due now and raise its generation, leased or not.

        The hint is kept until a claim that saw it is completed: the newest 32 different ones, none
        over HINT_MAX_BYTES (a longer one is left out, the member is due all the same).
        """
        encoded = () if hint is None else (hint.encode("utf-8", "surrogatepass"),)
        if encoded and len(encoded[0]) > HINT_MAX_BYTES:
            logger.warning("A hint about %r is too long to keep: %d bytes", member, len(encoded[0]))
            encoded = ()
        self._run("announce", "announcing", [member, *encoded])

    def schedule(self, members_with_delay_ms: Iterable[tuple[str, int]]) -> None:
        """Make members due after their delay, unless they are due earlier already.

        A leased one has its generation raised instead, so that it is looked at again afterwards.
        """
        pairs = iter(members_with_delay_ms)
        while chunk := tuple(islice(pairs, SCHEDULE_CHUNK)):
            self._run("schedule", "scheduling", [word for pair in chunk for word in pair])

    def claim(self) -> Claim | None:
        """Lease the member that has been due longest; leases that ran out are given back first."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        reply = self._run("claim", "claiming", [token, self._lease_ms, EXPIRED_LEASES_PER_CLAIM])
        if reply is None:
            return None
        member, generation, now_ms, expired_leases, hints = reply
        return Claim(
            member=member.decode(),
            token=token,
            generation=generation,
            hints=tuple(hint.decode("utf-8", "surrogatepass") for hint in hints),
            now_ms=now_ms,
            expired_leases=expired_leases,
            announced=generation > 0,
        )

    def renew(self, claims: Sequence[Claim]) -> tuple[Claim, ...]:
        """Let these leases begin anew and return the claims still held; the others are lost."""
        if not claims:
            return ()
        words = [word for claim in claims for word in (claim.member, claim.token)]
        held = self._run("renew", "renewing leases", [self._lease_ms, *words])
        return tuple(claim for claim, mine in zip(claims, held, strict=True) if mine)

    def complete(
        self,
        claim: Claim,
        *,
        next_in_ms: int | None,
        writes: Sequence[Write] = (),
        announce: Sequence[tuple[str, str]] = (),
        keep_hints: bool = False,
    ) -> None:
        """Write, announce (due set, member) pairs and release the lease, in one transaction.

        The member is due again after `next_in_ms` (None: it leaves the set), or at once if its
        generation moved meanwhile. Hints that the claim carried are dropped, unless it could not
        consider them. A token that is no longer valid writes nothing and raises StaleLeaseError.
        """
        again_in = "" if next_in_ms is None else next_in_ms
        head: tuple[Argument, ...] = (
            self._lease_ms,
            claim.generation,
            again_in,
            int(keep_hints),
        )
        self._fenced("complete", claim, head, writes, announce)

    def commit(
        self,
        claim: Claim,
        writes: Sequence[Write],
        announce: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Write and announce as `complete` does, but keep the lease and let it begin anew."""
        self._fenced("commit", claim, [self._lease_ms], writes, announce)

    def drop(self, claim: Claim, writes: Sequence[Write] = ()) -> None:
        """Complete and forget the member altogether, unless its generation moved meanwhile."""
        self.complete(claim, next_in_ms=None, writes=writes)

    def give_back(self, claim: Claim, *, in_ms: int = 0) -> None:
        """Release a claim undone: hints, generation and the count of expired leases stay.

        It is due after `in_ms`, or at once if its generation moved. A lost lease is left alone.
        """
        words: list[Argument] = [claim.member, claim.token, claim.generation, in_ms]
        self._run("give_back", "giving back", words)

    def next_due_ms(self) -> int | None:
        """Say in how many ms something is due or a lease runs out: 0 is now, None never."""
        waiting: int | None = self._run("next_due", "reading the next due time", [])
        return waiting

    def oldest_due_ms(self) -> int | None:
        """Say when what waits longest is, or was, due, in ms; None where nothing waits."""
        with store_errors(f"reading what waits longest ({self.name})"):
            # Any: the library's types leave open in which form replies come.
            first: Any = self._client.zrange(self._keys[0], 0, 0, withscores=True)
        return int(first[0][1]) if first else None

    def size(self) -> tuple[int, int]:
        """Count the members that wait and those that are leased."""
        with store_errors(f"counting {self.name}"):
            return int(self._client.zcard(self._keys[0])), int(self._client.zcard(self._keys[1]))

    def void_leases(self) -> int:
        """End every lease as if it had run out and return how many there were.

        For an embedded store that just started: whoever held them is gone.
        """
        return int(self._run("void_leases", "voiding the leases", []))

    def _fenced(
        self,
        script: str,
        claim: Claim,
        head: Sequence[Argument],
        writes: Sequence[Write],
        announce: Sequence[tuple[str, str]],
    ) -> None:
        names = tuple(dict.fromkeys((self.name, *(name for name, _ in announce))))
        words: list[Argument] = [claim.member, claim.token, *head, len(announce)]
        for name, member in announce:
            words += [names.index(name) + 1, member]
        words.append(len(writes))
        for write in writes:
            if not 0 < len(write) <= WRITE_ARGUMENTS_MAX:
                raise ValueError(f"a write of {len(write)} words; 1 to {WRITE_ARGUMENTS_MAX} do")
            words += [len(write), *write]
        others = (key for name in names[1:] for key in due_keys(name))
        if not self._run(script, f"writing about {claim.member!r}", words, *others):
            raise StaleLeaseError(f"the lease of {claim.member!r} in {self.name} is no longer ours")

    def _run(self, script: str, doing: str, words: Iterable[Argument], *others: str) -> Any:
        return self._scripts[script](f"{doing} ({self.name})", (*self._keys, *others), words)
