"""Who moved a tag, from Quay's usage log of its repository.

The log tells a push by tag and second, never by digest, and is asked by whole days (UTC). It takes
repo:admin. It is read once for all moves of a tag that are asked about. Sources: quay/quay
endpoints/api/logs.py, endpoints/api/tag.py, endpoints/v2/manifest.py and
auth/auth_context_type.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

from watchdog.core.document import json_array, json_object, json_text
from watchdog.core.message import plain
from watchdog.core.pusher import Pusher, PusherKind, agreed
from watchdog.core.reference import Digest, Tag
from watchdog.core.tag_history import Held
from watchdog.errors import MalformedError, NotFoundError, RemoteError, WatchdogError
from watchdog.registry.quay.api import DETAIL_MAX_CHARS, Call, QuayApi

NEEDS = "repo:admin"
WINDOW = timedelta(seconds=1)
READ_BACK = timedelta(seconds=2)
"""How much older than the move an entry is before the log is read no further."""
PAGES_MAX = 50
PAGE_ENTRIES_MAX = 100
READ_MAX_S = 20.0
_PAGE_TOKEN_MAX_CHARS = 4096
PUSHES = frozenset({"push_repo", "create_tag", "move_tag"})
RESTORES = frozenset({"revert_tag"})


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    at: datetime
    ip: str
    metadata: Mapping[str, Any]
    performer: Mapping[str, Any]

    def fits(self, tag: Tag, at: datetime, digest: Digest) -> bool:
        """Tell whether this may be the move; an entry of a push names no digest."""
        named = self.metadata.get("manifest_digest")
        return (
            self.metadata.get("tag") == tag.name
            and abs(self.at - at) <= WINDOW
            and named in {None, str(digest)}
        )


@dataclass(frozen=True, slots=True)
class Extract:
    """What was read of a tag's log, the newest first: all that is later than `back_to`.

    `fault` is why it was read no further, if it was to be; None where all is told.
    """

    tag: Tag
    entries: tuple[_Entry, ...] = ()
    back_to: datetime | None = None
    fault: WatchdogError | None = None

    def who_moved(self, held: Held) -> Pusher | None:
        """Say who put there what the tag held; None where the log has no entry of it (yet).

        Where two may have done it, nobody is named. Raises as `candidates` does.
        """
        return agreed(self.candidates(held))

    def candidates(self, held: Held) -> list[Pusher]:
        """List who may have put there what the tag held, an entry each.

        Raises what kept the log from being read so far: RemoteError (DeniedError without
        repo:admin, NotFoundError where the log is kept elsewhere) or MalformedError.
        """
        at = held.since
        if not at:
            return []
        if self.fault and (self.back_to is None or self.back_to >= at - READ_BACK):
            raise self.fault
        kinds = RESTORES if held.restored else PUSHES
        found = (e for e in self.entries if e.kind in kinds and e.fits(self.tag, at, held.digest))
        return [_pusher(entry) for entry in found]


def read_log(
    api: QuayApi,
    tag: Tag,
    moves: Sequence[Held],
    *,
    read_max_s: float = READ_MAX_S,
    pages_max: int = PAGES_MAX,
) -> Extract:
    """Read the log of a tag's repository once, newest first, back to the oldest of these moves.

    What keeps it from being read, or read so far, is told by the extract where it is asked.
    """
    times = sorted(held.since for held in moves if held.since)
    if not times:
        return Extract(tag)
    entries: list[_Entry] = []
    fault: WatchdogError | None = None
    try:
        for page in _pages(api, tag, times, monotonic() + read_max_s, pages_max):
            entries += page
    except WatchdogError as error:
        fault = error
    return Extract(tag, tuple(entries), entries[-1].at if entries else None, fault)


def who_moved(
    api: QuayApi, tag: Tag, held: Held, *, read_max_s: float = READ_MAX_S
) -> Pusher | None:
    """Say who put there what a tag held; reads for this one move, and raises as `Extract` does."""
    return read_log(api, tag, [held], read_max_s=read_max_s).who_moved(held)


def application_of(
    api: QuayApi, tag: Tag, restored: Held, *, read_max_s: float = READ_MAX_S
) -> str:
    """Say through which OAuth application a row was restored; "" unless one entry alone says it.

    Raises as `Extract.who_moved` does.
    """
    if not restored.restored:
        return ""
    found = read_log(api, tag, [restored], read_max_s=read_max_s).candidates(restored)
    return found[0].application if len(found) == 1 else ""


def _pages(
    api: QuayApi, tag: Tag, times: Sequence[datetime], end: float, pages_max: int
) -> Iterator[list[_Entry]]:
    """Read page after page until they are older than all moves; an empty one is not the end."""
    about = f"the usage log of {tag.repository}"
    first, last, day = times[0], times[-1], "%m/%d/%Y"
    query: dict[str, str | int] = {
        "starttime": f"{(first - WINDOW).astimezone(UTC):{day}}",
        "endtime": f"{(last + WINDOW).astimezone(UTC):{day}}",
    }
    path = f"repository/{api.path_of(tag.repository)}/logs"
    for _ in range(pages_max):
        call = Call(tag.repository.registry, path, about, query=dict(query), needs=NEEDS)
        document = api.read(call)
        _must_be_searchable(document, about)
        rows = json_array(document.get("logs"), f"{about}: `logs`", PAGE_ENTRIES_MAX)
        entries = [_entry(row, about) for row in rows]
        yield entries
        token = document.get("next_page")
        if not token or (entries and entries[-1].at < first - READ_BACK):
            return
        query["next_page"] = json_text(token, f"{about}: `next_page`")[:_PAGE_TOKEN_MAX_CHARS]
        if monotonic() >= end:
            break
    raise RemoteError(
        f"{about} is too long to be read back to {first:%Y-%m-%d %H:%M:%S} UTC", retryable=False
    )


def _must_be_searchable(document: Mapping[str, Any], about: str) -> None:
    """Refuse the empty page that stands for a log in a place that Quay itself cannot search."""
    if document.get("search_unavailable") is True:
        said = plain(_text(document.get("message")), DETAIL_MAX_CHARS)
        why = f" ({said})" if said else ""
        raise NotFoundError(f"{about}: this Quay keeps its log elsewhere{why}")


def _entry(row: object, about: str) -> _Entry:
    entry = json_object(row, f"{about}: an entry")
    return _Entry(
        kind=json_text(entry.get("kind"), f"{about}: `kind`"),
        at=_moment(json_text(entry.get("datetime"), f"{about}: `datetime`"), about),
        ip=_text(entry.get("ip")),
        metadata=_object(entry.get("metadata")),
        performer=_object(entry.get("performer")),
    )


def _pusher(entry: _Entry) -> Pusher:
    said, performer = entry.metadata, entry.performer
    name = _text(performer.get("name")) or _text(said.get("username"))
    application = _text(said.get("oauth_token_application_id"))
    titles = (said.get("oauth_token_application"), said.get("app_specific_token_title"))
    return Pusher(
        kind=_kind(entry, name, application),
        name=name or _text(said.get("token")),
        ip=entry.ip,
        agent=_text(said.get("user-agent")),
        application=application,
        title=next(filter(None, map(_text, titles)), ""),
        at=entry.at,
        deed=entry.kind,
    )


def _kind(entry: _Entry, name: str, application: str) -> PusherKind:
    """Tell robots by every sign of one: only a person's name may not have a plus sign in it.

    An access token and a builder have no name of anybody.
    """
    robot = entry.performer.get("is_robot") is True or entry.metadata.get("is_robot") is True
    if robot or "+" in name:
        return PusherKind.ROBOT
    if not name:
        return PusherKind.UNKNOWN
    return PusherKind.APPLICATION if application else PusherKind.PERSON


def _moment(text: str, about: str) -> datetime:
    """Read a time of RFC 5322; `-0000` says UTC of an unknown place."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, IndexError) as error:
        raise MalformedError(f"{about}: {plain(text, 40)!r} is no time") from error


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
