"""What the registry simulator holds: manifests, blobs and tags, readable as Quay would let them be.

Not thread safe: the simulator holds one lock around it.
"""

import json
from dataclasses import dataclass, field

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import INDEX_TYPES
from watchdog.core.reference import Digest
from watchdog.demo.registry_clock import Clock
from watchdog.demo.registry_moves import Moves
from watchdog.errors import MalformedError

READABLE_AFTER_RESTORE_S = 300
"""How long a hidden tag keeps a restored digest (Quay's TEMP_TAG_EXPIRATION_SEC)."""
TIME_MACHINE_S = 14 * 24 * 3600
"""How long Quay remembers what a tag held, unless a namespace says otherwise."""
SIGNATURES = (".sig", ".att", ".sbom")


class MissingPartError(Exception):
    """A manifest names content that was not pushed before it."""


class ImmutableTagError(Exception):
    """A tag was made immutable and cannot be pushed to."""


@dataclass
class RepositoryContent:
    """One repository; `held` are manifests pushed by digest, which Quay keeps by a hidden tag.

    `keeps_signatures`: as everywhere but in Quay, the tags of cosign stay when what they sign goes.
    """

    clock: Clock
    keeps_signatures: bool = True
    manifests: dict[Digest, StoredManifest] = field(default_factory=dict)
    held: set[Digest] = field(default_factory=set)
    public: bool = True
    state: str = "NORMAL"
    _held_until_ms: dict[Digest, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.moves = Moves(self.clock)

    @property
    def tags(self) -> dict[str, Digest]:
        """What every tag holds."""
        return {tag: row.digest for tag, row in self.moves.alive.items()}

    def point(self, tag: str, digest: Digest, *, reversion: bool = False) -> None:
        """Move a tag; what it held before may lose its signatures."""
        ended = self.moves.point(tag, digest, reversion=reversion)
        if ended is not None:
            self._expire_signatures(ended.digest)

    def restore(self, tag: str, digest: Digest) -> None:
        """Move a tag as a restore does; the digest can be read for a while, whatever follows."""
        self._held_until_ms[digest] = self.clock.now_ms + READABLE_AFTER_RESTORE_S * 1000
        self.point(tag, digest, reversion=True)

    def delete(self, tag: str) -> bool:
        """Delete a tag; False where there is none."""
        ended = self.moves.end(tag)
        if ended is not None:
            self._expire_signatures(ended.digest)
        return ended is not None

    def _expire_signatures(self, digest: Digest) -> None:
        if self.keeps_signatures or digest in self.tags.values():
            return
        for suffix in SIGNATURES:
            row = self.moves.alive.get(f"{digest.algorithm}-{digest.hex}{suffix}")
            if row is not None and not row.immutable:
                self.moves.end(row.tag)

    def readable(self) -> set[Digest]:
        """List what can be read by digest: what tags and hidden tags reach, not mere history."""
        now_ms = self.clock.now_ms
        hidden = {key for key, until_ms in self._held_until_ms.items() if until_ms > now_ms}
        return self._with_children(self.living() | self.held | hidden)

    def living(self) -> set[Digest]:
        """List what tags reach; hidden ones do not count."""
        return self._with_children(set(self.tags.values()))

    def _with_children(self, digests: set[Digest]) -> set[Digest]:
        return digests.union(*(self.children(digest) for digest in digests))

    def children(self, digest: Digest) -> tuple[Digest, ...]:
        """List the manifests that an index names; what cannot be read as one names none."""
        manifest = self.manifests.get(digest)
        try:
            return () if manifest is None else named_by(manifest)[0]
        except (ValueError, KeyError, TypeError, RecursionError, MalformedError):
            return ()


@dataclass
class RegistryContent:
    """All repositories, and the blobs that they share."""

    clock: Clock = field(default_factory=Clock)
    keeps_signatures: bool = True
    windows_s: dict[str, int] = field(default_factory=dict)
    repositories: dict[str, RepositoryContent] = field(default_factory=dict)
    blobs: dict[Digest, bytes] = field(default_factory=dict)

    def at(self, path: str) -> RepositoryContent:
        """Return a repository, made at its first push as Quay does."""
        if path not in self.repositories:
            self.repositories[path] = RepositoryContent(self.clock, self.keeps_signatures)
        return self.repositories[path]

    def window_s(self, path: str) -> int:
        """Say how far the time machine of a repository's namespace reaches."""
        return self.windows_s.get(path.partition("/")[0], TIME_MACHINE_S)

    def tagged(self, path: str, tag: str, *, stale: bool = False) -> StoredManifest | None:
        """Find what a tag names; `stale`: what it named before."""
        content = self.repositories.get(path)
        if content is None or tag not in content.tags:
            return None
        digest = content.moves.before(tag) if stale else content.tags[tag]
        if digest is None:
            return None
        content.held.update({digest} if stale else ())
        return content.manifests[digest]

    def named(self, path: str, digest: Digest) -> StoredManifest | None:
        """Find a readable manifest by digest."""
        content = self.repositories.get(path)
        if content is None or digest not in content.readable():
            return None
        return content.manifests.get(digest)

    def store(self, path: str, reference: str, manifest: StoredManifest) -> None:
        """Take a manifest in under a tag or its digest; raises what stands above."""
        content = self.at(path)
        row = content.moves.alive.get(reference)
        if row is not None and row.immutable:
            raise ImmutableTagError(reference)
        manifests, blobs = named_by(manifest)
        for digest in manifests:
            if digest not in content.manifests or digest not in content.readable():
                raise MissingPartError(str(digest))
        for digest in blobs:
            if digest not in self.blobs:
                raise MissingPartError(str(digest))
        content.manifests[manifest.digest] = manifest
        if ":" in reference:
            content.held.add(manifest.digest)
        else:
            content.point(reference, manifest.digest)

    def collect_garbage(self) -> None:
        """Drop all manifests that no tag reaches, as time does."""
        for content in self.repositories.values():
            content.held.clear()
            kept = content.readable()
            content.manifests = {key: m for key, m in content.manifests.items() if key in kept}
            content.moves.keep(kept)


def named_by(manifest: StoredManifest) -> tuple[tuple[Digest, ...], tuple[Digest, ...]]:
    """List the manifests and the blobs that a manifest names."""
    document = json.loads(manifest.body)
    if manifest.media_type in INDEX_TYPES:
        return tuple(Digest.parse(entry["digest"]) for entry in document["manifests"]), ()
    parts = [document["config"], *document.get("layers", [])]
    return (), tuple(Digest.parse(part["digest"]) for part in parts)
