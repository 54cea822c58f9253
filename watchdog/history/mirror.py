"""One source's history: fetched when it has to be, and asked where commits stand.

Every question is about commits that branches or tags of the source reach; that an object exists
proves nothing, for a server hands out the commits of every fork.
"""

import contextlib
import math
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from watchdog.core.commits import (
    TAGS_LINE,
    Ancestry,
    Lead,
    Place,
    RefPattern,
    Revision,
    parse_revision,
)
from watchdog.errors import NotFoundError, RemoteError, WatchdogError
from watchdog.history.clone import BrokenCloneError, Clone
from watchdog.history.fault import Fault, one_more
from watchdog.history.refs import Refs, allowed_branches, allowed_tags
from watchdog.history.upkeep import PINS

ELSEWHERE_MAX_REFS = 5
NAMED_MAX_REFS = 200
ANSWERS_KEPT = 4096


@dataclass(slots=True)
class _Flight:
    """A fetch under way, which all threads wait for that want one no older."""

    began: float
    done: threading.Event = field(default_factory=threading.Event)
    error: WatchdogError | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """The refs in force.

    `turn` rises when they change, `fetch` with each fetch: answers that hold as long as the refs do
    are kept under the one, news of the server under the other.
    """

    refs: Refs
    clone: int
    turn: int
    fetch: int
    began: float


class Mirror:
    """The mirror of one source, which many threads and processes may use at once.

    All but `refresh` never fetch: on a mirror that has never been fetched they raise a retryable
    RemoteError. They also raise it when git fails; the next `refresh` mends. `fault` says of what
    fetches failed since the last that did not.
    """

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._guard = threading.Lock()
        self._listing = threading.Lock()
        self._flight: _Flight | None = None
        self._state: _State | None = None
        self.fault: Fault | None = None
        self._broken = False
        self._commits = lru_cache(ANSWERS_KEPT)(self._find_commit)
        self._places = lru_cache(ANSWERS_KEPT)(self._find_place)
        self._contained = lru_cache(ANSWERS_KEPT)(self._find_contained)
        self._orders = lru_cache(ANSWERS_KEPT)(self._find_order)
        self._missing = lru_cache(ANSWERS_KEPT)(self._find_missing)
        self._tips = lru_cache(1)(self._list_tips)

    def refresh(self, *, after: float) -> None:
        """Have refs that were fetched by a fetch which began at or after `after` (monotonic).

        Threads that wait for the same fetch share it and its error: RemoteError (retryable),
        DeniedError or NotFoundError.
        """
        while True:
            with self._guard:
                if self._state and self._state.began >= after:
                    return
                flight, mine = self._flight, False
                if flight is None:
                    flight, mine = _Flight(time.monotonic()), True
                    self._flight = flight
            if mine:
                self._fly(flight)
                return
            flight.done.wait()
            if flight.began >= after and flight.error:
                raise flight.error

    def place(self, revision: Revision, allowed: tuple[RefPattern, ...]) -> Place | None:
        """Tell where a commit stands, or None if no branch or tag of the source reaches it.

        A tag object's id counts as the commit that it points at. A commit that is exactly the tip
        of a ref which is not fetched (a pull request's) is elsewhere, not unknown; whether it is
        costs one listing of the source's refs per fetch, which may raise like `refresh`.
        """
        state = self._current()
        commit = self._commits(revision, state.turn)
        found = commit and self._places(commit, allowed, state.turn)
        if found:
            return found
        with self._listing:
            tips = self._tips(state.fetch)
        asked = commit or revision
        refs = tips.get(asked, ())[:ELSEWHERE_MAX_REFS]
        return Place(asked, (), elsewhere=refs) if refs else None

    def complete(self, abbreviation: str, allowed: tuple[RefPattern, ...]) -> Revision | None:
        """Find the one commit on an allowed ref whose id begins so; None for none, or several.

        `abbreviation` is 4 to 63 hex digits.
        """
        self._current()
        listed = self._ask("rev-parse", f"--disambiguate={abbreviation}").split()
        places = (self.place(parse_revision(name), allowed) for name in listed)
        found = {place.revision for place in places if place and place.lines}
        return found.pop() if len(found) == 1 else None

    def ancestry(self, revision: Revision, baseline: Revision) -> Ancestry:
        """Order a revision against the baseline."""
        turn = self._current().turn
        newer, older = self._commits(revision, turn), self._commits(baseline, turn)
        if not newer or not older:
            return Ancestry.UNKNOWN
        return Ancestry.IDENTICAL if newer == older else self._orders(newer, older)

    def releases(self, revision: Revision, allowed: tuple[RefPattern, ...]) -> tuple[str, ...]:
        """Name the allowed tags that a commit contains; none if the source does not know it."""
        state = self._current()
        commit = self._commits(revision, state.turn)
        return self._contained(commit, allowed, state.turn) if commit else ()

    def lead(self, revision: Revision, allowed: tuple[RefPattern, ...]) -> Lead | None:
        """Find the first allowed branch with commits that the revision lacks.

        None if there is none, and also if the source does not know the revision.
        """
        state = self._current()
        if commit := self._commits(revision, state.turn):
            for branch in allowed_branches(state.refs, allowed):
                count, oldest = self._missing(commit, Revision(state.refs.branches[branch]))
                if oldest:
                    return Lead(branch, count, oldest)
        return None

    def pin(self, revision: Revision) -> None:
        """Keep a commit whatever happens to the source's refs; NotFoundError if it is not there.

        A pin is no ref of the source: it makes no commit stand anywhere.
        """
        commit = self._commits(revision, self._current().turn)
        if commit is None:
            raise NotFoundError(f"{self._clone.name} has no commit {revision} to be pinned")
        self._ask("update-ref", f"{PINS}/{commit}", commit)

    def _fly(self, flight: _Flight) -> None:
        """Carry a fetch out and publish what it found."""
        try:
            known = self._state.refs if self._state else None
            refs = self._clone.update(known, broken=self._broken)
            self._broken, self.fault = False, None
            self._publish(refs, flight.began)
        except WatchdogError as error:
            flight.error, self.fault = error, one_more(self.fault, error)
            raise
        finally:
            with self._guard:
                self._flight = None
            flight.done.set()

    def _publish(self, refs: Refs, began: float) -> None:
        """Put refs in force; answers of the turn before live on only if nothing has changed."""
        clone = self._clone.identity()
        with self._guard:
            last = self._state or _State(refs, clone=-1, turn=0, fetch=0, began=began)
            turn = last.turn + ((refs, clone) != (last.refs, last.clone))
            self._state = _State(refs, clone, turn, last.fetch + 1, began)

    def _current(self) -> _State:
        """Return the refs in force: after a start, those that the last fetch left on disk."""
        if state := self._state:
            return state
        if not self._clone.exists():
            message = f"{self._clone.name} has not been fetched yet: refresh its mirror first"
            raise RemoteError(message, retryable=True)
        with self._mending():
            refs, clone = self._clone.read(), self._clone.identity()
        with self._guard:
            self._state = self._state or _State(refs, clone, turn=0, fetch=0, began=-math.inf)
            return self._state

    def _find_commit(self, revision: Revision, _turn: int) -> Revision | None:
        """Peel an id to a commit that is here; GIT_NO_LAZY_FETCH keeps git from getting it.

        A branch may bear a name that looks like an id: only what has this very id counts.
        """
        asked = parse_revision(revision)
        question = f"{asked}\n{asked}^{{commit}}\n".encode()
        lines = self._ask("cat-file", "--batch-check", stdin=question).splitlines()
        (found, *_), peeled = (line.split() for line in lines)
        return Revision(peeled[0]) if found == asked and peeled[1:2] == ["commit"] else None

    def _find_place(
        self, commit: Revision, allowed: tuple[RefPattern, ...], _turn: int
    ) -> Place | None:
        refs = self._current().refs
        branches, tags = allowed_branches(refs, allowed), allowed_tags(refs, allowed)
        names = branches if len(branches) <= NAMED_MAX_REFS else ("refs/heads",)
        reached = self._branches(commit, *names) if names else frozenset()
        on = tuple(branch for branch in branches if branch in reached)
        versions = tuple(tag for tag in tags if refs.tags[tag] == commit)
        tagged = versions or (tags and not self._tags(commit).isdisjoint(tags))
        if on or tagged:
            behind = self._missing(commit, Revision(refs.branches[on[0]]))[0] if on else 0
            return Place(commit, (*on, TAGS_LINE) if tagged else on, versions, behind=behind)
        elsewhere = [*sorted(self._branches(commit, "refs/heads")), *sorted(self._tags(commit))]
        found = tuple(elsewhere[:ELSEWHERE_MAX_REFS])
        return Place(commit, (), elsewhere=found) if found else None

    def _find_contained(
        self, commit: Revision, allowed: tuple[RefPattern, ...], _turn: int
    ) -> tuple[str, ...]:
        merged = set(self._ask("tag", "--format=%(refname)", f"--merged={commit}").splitlines())
        return tuple(tag for tag in allowed_tags(self._current().refs, allowed) if tag in merged)

    def _branches(self, commit: Revision, *below: str) -> frozenset[str]:
        """Return the branches, of those named or below, from which a commit can be reached."""
        command = ("for-each-ref", "--format=%(refname)", f"--contains={commit}")
        return frozenset(self._ask(*command, *below).splitlines())

    def _tags(self, commit: Revision) -> frozenset[str]:
        """Return the tags from which a commit can be reached.

        Asked of `git tag`, which walks the history once for all tags: 0.1 s where for-each-ref
        took 3 s for a thousand tags (`with_commit_tag_algo` in git's ref-filter.c).
        """
        command = ("tag", "--format=%(refname)", f"--contains={commit}")
        return frozenset(self._ask(*command).splitlines())

    def _find_order(self, newer: Revision, older: Revision) -> Ancestry:
        """Order two commits that differ; what git answers here never changes."""
        counts = self._ask("rev-list", "--left-right", "--count", f"{newer}...{older}")
        only_newer, only_older = (int(count) for count in counts.split())
        if not only_older:
            return Ancestry.AHEAD
        if not only_newer:
            return Ancestry.BEHIND
        related = self._ask("merge-base", newer, older, accept=(0, 1))
        return Ancestry.DIVERGED if related else Ancestry.UNRELATED

    def _find_missing(self, commit: Revision, tip: Revision) -> tuple[int, Revision | None]:
        """Count what `commit` lacks of `tip`; with the first of it along first parents."""
        if commit == tip:
            return 0, None
        listed = self._ask("rev-list", "--parents", tip, f"^{commit}").splitlines()
        parents = {line.split()[0]: line.split()[1:2] for line in listed}
        step: list[str] = [tip]
        oldest = None
        while step and step[0] in parents:
            oldest = Revision(step[0])
            step = parents[oldest]
        return len(parents), oldest

    def _list_tips(self, _fetch: int) -> Mapping[str, tuple[str, ...]]:
        """List the refs that no fetch brings, by id: those of pull and merge requests."""
        tips: dict[str, tuple[str, ...]] = {}
        for tip, name in self._clone.listed("--refs", "origin"):
            if not name.startswith(("refs/heads/", "refs/tags/")):
                tips[tip] = (*tips.get(tip, ()), name)
        return tips

    def _ask(self, *arguments: str, accept: tuple[int, ...] = (0,), stdin: bytes = b"") -> str:
        with self._mending():
            return self._clone.ask(*arguments, accept=accept, stdin=stdin).out

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        """Remember that git failed on the clone, so that the next refresh makes a new one."""
        try:
            yield
        except BrokenCloneError:
            self._broken = True
            raise
