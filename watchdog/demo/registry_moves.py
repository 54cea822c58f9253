"""Every move of every tag of one repository: who held which name from when to when.

As in Quay, a tag is its newest row that has not ended; a time in the future ends it by itself.
"""

from dataclasses import dataclass, replace

from watchdog.core.reference import Digest
from watchdog.demo.registry_clock import Clock


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a tag's history; `reversion`: made by a restore."""

    tag: str
    digest: Digest
    start_ms: int
    end_ms: int | None = None
    reversion: bool = False
    immutable: bool = False

    def alive_at(self, now_ms: int) -> bool:
        """Tell whether the tag holds the digest at this time."""
        return self.end_ms is None or self.end_ms > now_ms


class Moves:
    """The rows of one repository. Not thread safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: list[Move] = []

    @property
    def alive(self) -> dict[str, Move]:
        """The rows of the tags that there are."""
        now_ms = self._clock.now_ms
        return {row.tag: row for row in self._rows if row.alive_at(now_ms)}

    def newest_first(self, window_s: int) -> list[Move]:
        """List what the time machine remembers: all that lives or ended within so many seconds."""
        since_ms = self._clock.now_ms - window_s * 1000
        kept = [row for row in self._rows if row.end_ms is None or row.end_ms > since_ms]
        return sorted(kept, key=lambda row: row.start_ms)[::-1]

    def before(self, tag: str) -> Digest | None:
        """Say what a tag held before it was moved last."""
        held = [row.digest for row in self._rows if row.tag == tag]
        return held[-2] if len(held) > 1 else None

    def had(self, tag: str) -> bool:
        """Tell whether there was such a tag, and is no more."""
        return tag not in self.alive and any(row.tag == tag for row in self._rows)

    def point(self, tag: str, digest: Digest, *, reversion: bool = False) -> Move | None:
        """Move a tag; returns the row that this ended."""
        ended = self.end(tag)
        self._rows.append(Move(tag, digest, self._clock.now_ms, reversion=reversion))
        return ended

    def end(self, tag: str) -> Move | None:
        """Delete a tag; returns its last row, or None where there was no such tag."""
        row = self.alive.get(tag)
        if row is not None:
            self._replace(row, replace(row, end_ms=self._clock.now_ms))
        return row

    def expire(self, tag: str, end_ms: int | None) -> None:
        """Let a living tag end at a time, or never; raises KeyError."""
        row = self.alive[tag]
        self._replace(row, replace(row, end_ms=end_ms))

    def protect(self, tag: str, *, immutable: bool) -> None:
        """Make a living tag immutable or let it move again; raises KeyError."""
        row = self.alive[tag]
        self._replace(row, replace(row, immutable=immutable))

    def forget(self, digest: Digest) -> None:
        """Remove a digest from the past, for good; what lives is kept."""
        living = set(self.alive.values())
        self._rows = [row for row in self._rows if row.digest != digest or row in living]

    def keep(self, digests: set[Digest]) -> None:
        """Remove the rows of all other digests."""
        self._rows = [row for row in self._rows if row.digest in digests]

    def _replace(self, old: Move, new: Move) -> None:
        self._rows = [new if row is old else row for row in self._rows]
