"""The signature tags of a build: Quay lets them expire with the tag that held it, so they go back.

Only those that ended when the tag lost the build: what a person deleted at another time stays so.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from watchdog.core.reference import Digest, Tag
from watchdog.core.tag_history import Held, Mark
from watchdog.errors import WatchdogError
from watchdog.registry.quay.restoring import restore_signatures
from watchdog.registry.quay.tag_history import read_back_to
from watchdog.work.tools import Tools

_EVER = Mark(datetime.fromtimestamp(0, UTC), 0)


def signatures_restored(tools: Tools, tag: Tag, digest: Digest, rows: Sequence[Held]) -> str:
    """Restore the signature tags of a build; says so, or what is left to do, or "".

    `rows` are the history of the tag, newest first, from before the build was put back again.
    """
    if not tools.quay.has_token(tag.repository.registry):
        return ""
    try:
        ends = _ends(rows, digest) or _ends(read_back_to(tools.quay, tag, _EVER)[0], digest)
        names = restore_signatures(tools.quay, tag, digest, ends)
    except WatchdogError as error:
        return f"its signature tags may have expired, and could not be restored: {error}"
    return f"its signatures were restored, too: {', '.join(names)}" if names else ""


def _ends(rows: Sequence[Held], digest: Digest) -> frozenset[datetime]:
    """Say when the tag lost a build; what it holds now has not ended."""
    return frozenset(row.until for row in rows[1:] if row.digest == digest and row.until)
