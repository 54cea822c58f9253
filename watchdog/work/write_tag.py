"""Writing a tag, only while it holds what was judged, to the last moment.

Quay restores a digest from its own history where an OAuth token is given. Elsewhere, and where Quay
refuses, the saved bytes are PUT, children first. No registry has compare-and-swap: the lease is
renewed as a fence and the tag read right before, and what a write displaced is found out after it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from watchdog.core.observation import StoredManifest
from watchdog.core.reference import Digest, Tag
from watchdog.core.tag_history import Held, Mark, is_behind
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.registry.quay.restoring import restore
from watchdog.registry.quay.tag_history import read_tag_history
from watchdog.store.due import Claim
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written under which tag, while that holds `expected`; children come first.

    Without `manifests` only Quay can do it: it restores by the digest alone.
    """

    claim: Claim
    tag: Tag
    expected: Digest
    target: Digest
    manifests: tuple[StoredManifest, ...]


@dataclass(frozen=True, slots=True)
class HeldNow:
    """What a tag holds, and its registry's history of it, newest first, if that could be read."""

    digest: Digest
    rows: tuple[Held, ...] = ()


def write_tag(tools: Tools, writing: Writing) -> Digest | None:
    """Write a tag; returns what it holds instead of what is expected, and None once it is written.

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

    A history that ends before the mark is a lagging replica's: a retryable RemoteError.
    """
    if tools.policy.is_quay(tag.repository):
        try:
            rows = read_tag_history(tools.quay, tag)
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


def _restore(tools: Tools, writing: Writing) -> Digest | None:
    """Let Quay restore it; the token, the history and the write all are of Quay's own API."""
    return _guarded(
        tools,
        writing,
        read=lambda: held_now(tools, writing.tag).digest,
        write=lambda: restore(tools.quay, writing.tag, writing.target),
    )


def _put(tools: Tools, writing: Writing) -> Digest | None:
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
        read=lambda: registry.digest(tag),
        write=lambda: registry.put_manifest(tag.repository, tag.name, own, at_once=True),
    )


def _put_instead(tools: Tools, writing: Writing, refused: WatchdogError) -> Digest | None:
    """Write the bytes where Quay did not restore: a robot may write what no token may restore."""
    try:
        return _put(tools, writing)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        retryable = isinstance(refused, RemoteError) and refused.retryable
        raise RemoteError(
            f"could not restore it, because {refused}; nor write it, because {error}",
            retryable=retryable or (isinstance(error, RemoteError) and error.retryable),
        ) from error


def _guarded(
    tools: Tools, writing: Writing, *, read: Callable[[], Digest], write: Callable[[], None]
) -> Digest | None:
    """Write if the tag holds what is expected, by a reading no older than it may be."""
    read_at = time.monotonic()
    held = read()
    if held != writing.expected:
        return held
    tools.looks.commit(writing.claim, [])
    if time.monotonic() - read_at > tools.read_max_age_s:
        words = f"reading {writing.tag} took too long to rely on what was read; nothing was written"
        raise RemoteError(words, retryable=True)
    write()
    return None
