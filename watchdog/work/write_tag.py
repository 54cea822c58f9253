"""Writing a tag, only while it holds what was judged, to the last moment.

Quay restores a digest from its own history where an OAuth token is given. Elsewhere, and where Quay
refuses, the saved bytes are PUT, children first. No registry has compare-and-swap: the lease is
renewed as a fence and the tag read right before, and what a write displaced is found out after it.
What was written here and what another wrote is told apart: a write says how it was done.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from watchdog.core.observation import StoredManifest
from watchdog.core.reference import Digest, Tag
from watchdog.core.tag_history import Held, Mark, is_behind, rows_after
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.registry.quay.restoring import restore
from watchdog.registry.quay.tag_history import read_back_to, read_tag_history
from watchdog.store.due import Claim, Write
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written under which tag, while that holds `expected`; children come first.

    Without `manifests` only Quay can do it: it restores by the digest alone. After `mark` nothing
    may have come in the tag's history, not even the same digest. `noting` is written to the store
    with the fence: that the write was begun.
    """

    claim: Claim
    tag: Tag
    expected: Digest
    target: Digest
    manifests: tuple[StoredManifest, ...]
    mark: Mark | None = None
    noting: tuple[Write, ...] = ()


class How(StrEnum):
    """How a tag was written."""

    RESTORED = "restored"
    PUT = "put"


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to: `how` it was done; if it was not, what the tag holds instead.

    `tried` says of a write that is not known to be done that it may have been, all the same.
    """

    how: How | None = None
    held: Digest | None = None
    tried: bool = False


@dataclass(frozen=True, slots=True)
class HeldNow:
    """What a tag holds, and its registry's history of it, newest first, if that could be read."""

    digest: Digest
    rows: tuple[Held, ...] = ()

    def later(self, mark: Mark | None) -> bool:
        """Whether its history shows that something came after a mark."""
        return mark is not None and bool(rows_after(self.rows, mark))


def write_tag(tools: Tools, writing: Writing) -> Written:
    """Write a tag, unless it holds something else than what is expected, or something newer came.

    Raises StaleLeaseError where the lease was lost (nothing was written after that), a retryable
    RemoteError where the tag was read too long ago to rely on, and WatchdogError with what to do.
    """
    tag = writing.tag
    if not restorable(tools, tag):
        return _put(tools, writing)
    try:
        return _restore(tools, writing)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        logger.warning("Quay did not restore %s: %s", tag, error)
        return _put_instead(tools, writing, error)


def restorable(tools: Tools, tag: Tag) -> bool:
    """Whether Quay can be asked to restore what a tag held, by its digest alone."""
    repository = tag.repository
    return tools.policy.is_quay(repository) and tools.quay.has_token(repository.registry)


def held_now(tools: Tools, tag: Tag, mark: Mark | None = None) -> HeldNow:
    """Read what a tag holds, from its registry's history where that has one: it counts no pull.

    The history is read back to the mark. One that ends before it is a lagging replica's: a
    retryable RemoteError.
    """
    if tools.policy.is_quay(tag.repository):
        quay = tools.quay.before_others()
        try:
            rows = read_back_to(quay, tag, mark)[0] if mark else read_tag_history(quay, tag)
        except WatchdogError as error:
            logger.info("Reading %s without its history: %s", tag, error)
        else:
            now = tools.records.now()
            if is_behind(rows, mark, now):
                raise RemoteError(f"the history of {tag} lags behind what it told", retryable=True)
            if rows and rows[0].alive(now):
                return HeldNow(rows[0].digest, rows)
    return HeldNow(tools.registry.digest(tag))


def by_hand(tools: Tools, tag: Tag, digest: Digest) -> str:
    """Write the command with which a person does the same."""
    repository = tag.repository
    if not tools.policy.is_quay(repository):
        return f"`skopeo copy --all docker://{repository}@{digest} docker://{tag}`"
    path = f"repository/{tools.quay.path_of(repository)}/tag/{tag.name}/restore"
    return (
        '`curl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
        f'-d \'{{"manifest_digest": "{digest}"}}\' '
        f"{tools.quay.address(repository.registry)}/api/v1/{path}`"
    )


def _restore(tools: Tools, writing: Writing) -> Written:
    """Let Quay restore it; the token, the history and the write all are of Quay's own API."""
    return _guarded(
        tools,
        writing,
        How.RESTORED,
        read=lambda: held_now(tools, writing.tag, writing.mark),
        write=lambda: restore(tools.quay, writing.tag, writing.target),
    )


def _put(tools: Tools, writing: Writing) -> Written:
    """Write the saved bytes: children first, then the tag's own by digest, then the tag."""
    registry, tag = tools.registry, writing.tag
    if not writing.manifests:
        words = f"the bytes of {writing.target} are not at hand, and nobody can read them any more"
        raise RemoteError(words, retryable=False)
    tools.looks.commit(writing.claim, [])
    # By digest first: the token for writing is at hand then, and the write itself waits for none.
    for manifest in writing.manifests:
        registry.put_manifest(tag.repository, str(manifest.digest), manifest)
    own = writing.manifests[-1]
    return _guarded(
        tools,
        writing,
        How.PUT,
        read=lambda: HeldNow(registry.digest(tag)),
        write=lambda: registry.put_manifest(tag.repository, tag.name, own, at_once=True),
    )


def _put_instead(tools: Tools, writing: Writing, refused: WatchdogError) -> Written:
    """Write the bytes where Quay did not restore: a robot may write what no token may restore."""
    retryable = isinstance(refused, RemoteError) and refused.retryable
    try:
        return replace(_put(tools, writing), tried=retryable)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        raise RemoteError(
            f"could not restore it, because {refused}; nor write it, because {error}",
            retryable=retryable or (isinstance(error, RemoteError) and error.retryable),
        ) from error


def _guarded(
    tools: Tools,
    writing: Writing,
    how: How,
    *,
    read: Callable[[], HeldNow],
    write: Callable[[], None],
) -> Written:
    """Write if the tag holds what is expected, by a reading no older than it may be."""
    read_at = time.monotonic()
    held = read()
    if held.digest != writing.expected or held.later(writing.mark):
        return Written(held=held.digest)
    tools.looks.commit(writing.claim, list(writing.noting))
    if time.monotonic() - read_at > tools.read_max_age_s:
        words = f"reading {writing.tag} took too long to rely on what was read; nothing was written"
        raise RemoteError(words, retryable=True)
    write()
    return Written(how)
