"""What people answer, as they write it: checked and bounded once, whichever way it comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from watchdog.core.commits import Revision, parse_revision
from watchdog.core.decisions import BEFOREHAND, BEFOREHAND_MAX
from watchdog.core.duration import format_duration, parse_duration
from watchdog.core.message import plain
from watchdog.core.reference import Digest, Tag
from watchdog.core.silence import SILENCE_MAX, Pattern
from watchdog.errors import MalformedError

REASON_MAX_CHARS = 500
BY_MAX_CHARS = 100
TIME_MAX_CHARS = 40


class AnswerKind(StrEnum):
    """What is said about a build of a tag."""

    ACK = "ack"
    APPROVAL = "approval"
    REJECTION = "rejection"
    TRUST = "trust"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers; the pipeline may only approve beforehand."""

    name: str
    is_person: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about a tag. `expires` makes an approval one that is given beforehand."""

    kind: AnswerKind
    tag: Tag
    by: Answerer
    reason: str
    digest: Digest | None = None
    revision: Revision | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hush:
    """Somebody does not want to hear of some tags for a while."""

    pattern: Pattern
    by: Answerer
    reason: str
    lasts: timedelta


_BUILD_FIELDS = {
    AnswerKind.ACK: ("digest",),
    AnswerKind.APPROVAL: ("digest", "revision"),
    AnswerKind.REJECTION: ("digest", "revision"),
    AnswerKind.TRUST: ("digest",),
    AnswerKind.REVERT: ("to",),
}
_MAY_NAME_NONE = {AnswerKind.REVERT}
Fields = Mapping[str, object]
"""The fields of an answer by name, each a text; one that is None is not there."""


def read_answer(kind: AnswerKind, fields: Fields, by: Answerer, now: datetime) -> Answer:
    """Check an answer about a build; raises MalformedError with what would be right."""
    builds = _BUILD_FIELDS[kind]
    more = ("expires",) if kind is AnswerKind.APPROVAL else ()
    texts = _texts(fields, ("tag", "reason", *builds, *more))
    named = [name for name in builds if name in texts]
    if len(named) > 1 or (not named and kind not in _MAY_NAME_NONE):
        raise MalformedError(f"which build? Say {' or '.join(f'`{name}`' for name in builds)}")
    digest, revision = _build(texts, named)
    return Answer(
        kind=kind,
        tag=Tag.parse(_wanted(texts, "tag")),
        by=by,
        reason=_reason(texts),
        digest=digest,
        revision=revision,
        expires=_expires(texts, by, now, of_revision=revision is not None),
    )


def read_hush(fields: Fields, by: Answerer) -> Hush:
    """Check a silence: `pattern`, `for`, `reason`; raises MalformedError."""
    texts = _texts(fields, ("pattern", "for", "reason"))
    lasts = parse_duration(_wanted(texts, "for"))
    if lasts > SILENCE_MAX:
        raise MalformedError(f"a silence lasts at most {format_duration(SILENCE_MAX)}")
    return Hush(Pattern.parse(_wanted(texts, "pattern")), by, _reason(texts), lasts)


def read_name(text: str) -> str:
    """Check the name of whoever answers; raises MalformedError for an empty one."""
    name = plain(text, BY_MAX_CHARS)
    if not name:
        raise MalformedError("whoever answers needs a name")
    return name


def _texts(fields: Fields, known: tuple[str, ...]) -> dict[str, str]:
    """Take the fields that there may be; raises MalformedError for others, and for no text."""
    present = {name: value for name, value in fields.items() if value is not None}
    strange = next((name for name in present if name not in known), None)
    if strange is not None:
        raise MalformedError(f"{plain(strange, 40)!r} is none of {', '.join(known)}")
    texts = {name: value for name, value in present.items() if isinstance(value, str)}
    if len(texts) < len(present):
        raise MalformedError(f"{', '.join(sorted(present.keys() - texts))}: a text is wanted")
    return texts


def _wanted(texts: Mapping[str, str], name: str) -> str:
    if not texts.get(name):
        raise MalformedError(f"`{name}` is missing")
    return texts[name]


def _reason(texts: Mapping[str, str]) -> str:
    reason = plain(_wanted(texts, "reason"), REASON_MAX_CHARS)
    if not reason:
        raise MalformedError("`reason` says nothing: why is it so?")
    return reason


def _build(texts: Mapping[str, str], named: list[str]) -> tuple[Digest | None, Revision | None]:
    if not named:
        return None, None
    text = texts[named[0]]
    if named == ["revision"]:
        return None, parse_revision(text)
    return Digest.parse(text), None


def _expires(
    texts: Mapping[str, str], by: Answerer, now: datetime, *, of_revision: bool
) -> datetime | None:
    """Say when an approval ends unused: only a person's, of a digest, may have no end."""
    text = texts.get("expires")
    if text is None:
        return now + BEFOREHAND if of_revision or not by.is_person else None
    until = _moment(text, now)
    if not now < until <= now + BEFOREHAND_MAX:
        most = format_duration(BEFOREHAND_MAX)
        raise MalformedError(f"`expires` is between now and {most} from now")
    return until


def _moment(text: str, now: datetime) -> datetime:
    """Read a time of RFC 3339, or a span from now."""
    if len(text) <= TIME_MAX_CHARS and text[:1].isdigit() and "-" in text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise MalformedError(f"`expires` is no time of RFC 3339: {error}") from error
        if moment.tzinfo is None:
            raise MalformedError("`expires` lacks its time zone, as in 2026-11-23T18:00:00Z")
        return moment
    return now + parse_duration(text)
