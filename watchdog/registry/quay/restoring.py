"""Putting a digest back under a tag by Quay's own time machine.

Source: quay/quay endpoints/api/tag.py (RestoreTag). It takes any digest of the repository's
history, also of manifests that cannot be read any more, sends no hook, and adds a row to the
history each time. It compares nothing: a push in between is overwritten, and shown by the history.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from http import HTTPStatus

from watchdog.core.reference import Digest, Tag
from watchdog.errors import NotFoundError, RemoteError, WatchdogError
from watchdog.registry.exchange import Reply
from watchdog.registry.quay.api import Call, QuayApi, ReadOnly, error_type, read_only
from watchdog.registry.quay.tag_history import read_tag_history

SIGNATURE_SUFFIXES = (".sig", ".att", ".sbom")
ENDED_WITHIN = timedelta(seconds=1)
"""How long after a tag Quay may end the signatures of what it held; it does so in one request."""


def restore(api: QuayApi, tag: Tag, digest: Digest) -> None:
    """Put a digest back under a tag; raises WatchdogError that says what to do.

    After an error that is retryable it may or may not have been done.
    """
    call = Call(
        tag.repository.registry,
        f"repository/{api.path_of(tag.repository)}/tag/{tag.name}/restore",
        f"restoring {digest} under {tag}",
        method="POST",
        body={"manifest_digest": str(digest)},
        needs="repo:write",
    )
    reply = api.before_others().ask(call)
    if reply.status != HTTPStatus.OK:
        raise _refused(api, call, reply)


def restore_signatures(
    api: QuayApi, tag: Tag, digest: Digest, ends: Collection[datetime]
) -> tuple[str, ...]:
    """Restore the signature tags of a digest that ended when a tag lost it; names them.

    `ends` are the times at which it did, by the same clock. Raises WatchdogError at the first that
    cannot be restored.
    """
    restored = []
    for suffix in SIGNATURE_SUFFIXES:
        name = f"{digest.algorithm}-{digest.hex}{suffix}"
        if _restore_ended(api, Tag(tag.repository, name), ends):
            restored.append(name)
    return tuple(restored)


def _restore_ended(api: QuayApi, tag: Tag, ends: Collection[datetime]) -> bool:
    """Restore what a tag held last, if that ended at one of these times."""
    rows = read_tag_history(api, tag)
    until = rows[0].until if rows else None
    if until is None or not any(end <= until <= end + ENDED_WITHIN for end in ends):
        return False
    restore(api, tag, rows[0].digest)
    return True


_ADVICE = {
    "tag_immutable": "the tag is immutable in Quay: a person with repo:admin has to lift that",
    "not_found": "Quay has it no more: it is older than the time machine keeps (the tag expiration "
    "of the namespace), or was removed for good",
}


_READ_ONLY = {
    ReadOnly.QUAY: "Quay itself is read-only: nobody can move a tag in it until its operators end "
    "that",
    ReadOnly.REPOSITORY: "the repository is read-only or a mirror: nobody can move its tags until "
    "that ends",
}


def _refused(api: QuayApi, call: Call, reply: Reply) -> WatchdogError:
    """Say of each refusal what to do about it."""
    error = api.refused(call, reply)
    advice = _ADVICE.get(error_type(reply))
    if reply.status == HTTPStatus.SERVICE_UNAVAILABLE and (which := read_only(reply)):
        advice = _READ_ONLY[which]
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        advice = "Quay was asked too often"
    if not advice:
        return error
    if isinstance(error, NotFoundError):
        return NotFoundError(f"{error}; {advice}")
    retry_after = error.retry_after if isinstance(error, RemoteError) else None
    return RemoteError(f"{error}; {advice}", retryable=error.retryable, retry_after=retry_after)
