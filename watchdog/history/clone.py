"""The bare, treeless clone of one source on disk: made, fetched, mended and locked.

What its commits mean is asked by `mirror`. Only one process at a time makes or fetches a clone;
questions need no lock.
"""

import contextlib
import fcntl
import logging
import re
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from watchdog.errors import RemoteError
from watchdog.history.git import Git, Outcome, failure
from watchdog.history.refs import UPSTREAM_HEAD, Refs, read_refs
from watchdog.history.upkeep import PROMISOR, carry_pins, sweep, tidy

LOCK_POLL_S = 0.05
REBUILD_PAUSE_S = 600.0

# `HEAD*` is a pattern on purpose: a source without HEAD then fetches nothing, instead of failing.
REFSPECS = f"""[remote "origin"]
\tfetch = +refs/heads/*:refs/heads/*
\tfetch = +refs/tags/*:refs/tags/*
\tfetch = +HEAD*:{UPSTREAM_HEAD}*
"""
_FETCH = [
    *PROMISOR,
    "fetch",
    "--quiet",
    "--prune",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-show-forced-updates",
    "--no-recurse-submodules",
    "origin",
]
_BROKEN = re.compile(
    r"^(?:fatal|error): .*(?:bad object|all necessary objects|corrupt|inflate|not a git repository"
    r"|is far too short|missing blob|missing object|bad config)",
    re.MULTILINE | re.IGNORECASE,
)

_REBUILT = "rebuilt-by-watchdog"
_STOPPED = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)

_log = logging.getLogger(__name__)


class BrokenCloneError(RemoteError):
    """The clone on disk is damaged; the next fetch makes a new one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


@dataclass(frozen=True, slots=True)
class Clone:
    """One source's clone at `path`; `name` is how messages call the source."""

    path: Path
    url: str
    name: str
    git: Git
    timeout_s: float

    def exists(self) -> bool:
        """Tell whether the clone was made; one that is half made lies elsewhere."""
        return self.path.is_dir()

    def identity(self) -> int:
        """Return a number that changes when the clone is made anew."""
        return self.path.stat().st_ino

    def update(self, known: Refs | None, *, broken: bool = False) -> Refs:
        """Fetch, or clone where there is nothing yet or what is there is broken.

        `known` are the refs that the caller has, which saves work if they still are the same.
        Raises RemoteError, DeniedError or NotFoundError; what was there before stays as it was.
        """
        try:
            with self._locked() as held:
                return self._updated(known, held, broken=broken)
        except OSError as error:
            message = f"the mirror of {self.name} cannot be written: {error.strerror}"
            raise RemoteError(message, retryable=True) from error

    def read(self, folder: Path | None = None) -> Refs:
        """Read the refs as they are on disk; raises BrokenCloneError if a tip is missing."""
        folder = folder or self.path
        shown = self.ask("show-ref", "--dereference", accept=(0, 1), folder=folder)
        return read_refs(shown.out, (folder / "HEAD").read_text("utf-8", "backslashreplace"))

    def ask(
        self,
        *arguments: str,
        accept: tuple[int, ...] = (0,),
        stdin: bytes = b"",
        folder: Path | None = None,
    ) -> Outcome:
        """Ask git about the clone without the network; raises BrokenCloneError when it fails."""
        doing = f"reading the mirror of {self.name}"
        outcome = self.git.run(*arguments, doing=doing, folder=folder or self.path, stdin=stdin)
        if outcome.status in _STOPPED:
            raise failure(doing, outcome)
        if outcome.status not in accept:
            raise BrokenCloneError(f"{doing} failed: {outcome.detail()}")
        return outcome

    def listed(self, *arguments: str, folder: Path | None = None) -> tuple[tuple[str, str], ...]:
        """List the source's own refs as they are now: `git ls-remote`, as pairs (id, name)."""
        doing = f"listing the refs of {self.name}"
        command = ("ls-remote", "--quiet", *arguments)
        place = folder or self.path
        outcome = self.git.run(*command, doing=doing, folder=place, limit_s=self.timeout_s)
        if outcome.status != 0:
            raise failure(doing, outcome)
        lines = (line.partition("\t") for line in outcome.out.splitlines())
        return tuple((identifier, name) for identifier, _, name in lines)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the clone's lock file; git inherits it, so it outlives a killed parent."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.timeout_s
        with self.path.with_suffix(".lock").open("ab") as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        message = f"another process has been fetching {self.name} for too long"
                        raise RemoteError(message, retryable=True) from error
                time.sleep(LOCK_POLL_S)
            yield lock.fileno()

    def _updated(self, known: Refs | None, held: int, *, broken: bool) -> Refs:
        if not self.exists():
            return self._make(held)
        try:
            return self._fetch(self.path, held, known, broken=broken)
        except BrokenCloneError as error:
            if self._just_rebuilt():
                raise
            _log.warning("the mirror of %r is broken and is cloned anew: %s", self.name, error)
            return self._make(held)

    def _make(self, held: int) -> Refs:
        """Clone into a folder beside, carry the pins over, and swap; a kill leaves nothing half."""
        new, old = self.path.with_suffix(".new"), self.path.with_suffix(".old")
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        doing = f"cloning {self.name}"
        command = ("clone", "--quiet", "--bare", "--filter=tree:0", "--template=", "--")
        cloned = self.git.run(
            *command, self.url, str(new), doing=doing, held=held, limit_s=self.timeout_s
        )
        if cloned.status != 0:
            raise failure(doing, cloned)
        self._configure(new)
        # What a fetch would bring; it fails where the source's HEAD names no commit.
        self.ask("update-ref", UPSTREAM_HEAD, "HEAD", accept=(0, 128), folder=new)
        refs = self._settle(new, held, None)
        if self.exists():
            carry_pins(self.git, self.path, new, self.name)
            (new / _REBUILT).touch()
            self.path.rename(old)
        new.rename(self.path)
        shutil.rmtree(old, ignore_errors=True)
        return refs

    def _configure(self, folder: Path) -> None:
        """Give a new clone the refspecs that `--bare` leaves out, and no promisor (see upkeep)."""
        config = folder / "config"
        lines = config.read_text("utf-8").splitlines(keepends=True)
        promises = ("\tpromisor", "\tpartialclone")
        kept = [line for line in lines if not line.lower().startswith(promises)]
        config.write_text("".join(kept) + REFSPECS, "utf-8")

    def _just_rebuilt(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return time.time() - (self.path / _REBUILT).stat().st_mtime < REBUILD_PAUSE_S
        return False

    def _fetch(self, folder: Path, held: int, known: Refs | None, *, broken: bool = False) -> Refs:
        """Fetch all branches and tags."""
        if broken and not self._just_rebuilt():
            raise BrokenCloneError("git failed on it")
        sweep(folder)
        self._set_url(folder)
        doing = f"fetching {self.name}"
        fetched = self.git.run(
            *_FETCH, doing=doing, folder=folder, held=held, limit_s=self.timeout_s
        )
        if fetched.status != 0:
            self.read(folder)  # says so if the clone itself is the trouble
            if _BROKEN.search(fetched.err):
                raise BrokenCloneError(f"{doing} failed: {fetched.detail()}")
            raise failure(doing, fetched)
        return self._settle(folder, held, known)

    def _settle(self, folder: Path, held: int, known: Refs | None) -> Refs:
        """Read what was fetched, follow the source's HEAD, and keep the clone in order."""
        refs = self._follow_head(folder, self.read(folder))
        if refs != known:
            tidy(self.git, folder, self.name, held=held, limit_s=self.timeout_s)
        return refs

    def _set_url(self, folder: Path) -> None:
        """Write down the policy's URL, which may have changed between forms of the same source."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if f"\turl = {self.url}\n" in (folder / "config").read_text("utf-8"):
                return
        self.ask("config", "remote.origin.url", self.url, folder=folder)

    def _follow_head(self, folder: Path, refs: Refs) -> Refs:
        """Point HEAD at the branch that the source's HEAD names.

        A fetch learns only HEAD's commit. While that is the tip of the branch known as the default
        there is nothing to follow; if it is the tip of one other branch, that is the default; only
        between several the source has to be asked.
        """
        if refs.default or not refs.head:
            return refs
        candidates = [name for name, tip in refs.branches.items() if tip == refs.head]
        if len(candidates) > 1:
            named = self.listed("--symref", "origin", "HEAD", folder=folder)
            candidates = [n for n in candidates if (f"ref: {n}", "HEAD") in named]
        if len(candidates) != 1:
            return refs
        self.ask("symbolic-ref", "HEAD", candidates[0], folder=folder)
        return replace(refs, default=candidates[0])
