"""What the API's answers and bodies look like, as JSON Schemas of the OpenAPI document.

The words of closed lists are taken from the code that writes them; a test holds the rest against
what is really answered.
"""

from collections.abc import Iterable
from typing import Any

from watchdog.core.answer import REASON_MAX_CHARS
from watchdog.core.evidence import Basis
from watchdog.core.incident_record import Happening
from watchdog.core.memory import Found
from watchdog.core.message import Stage
from watchdog.core.pusher import PusherKind
from watchdog.core.self_condition import SelfCode
from watchdog.core.silence import PATTERN_MAX_CHARS
from watchdog.core.verdict import Code, ConditionCode, Outcome
from watchdog.web.watched import Standing

Schema = dict[str, Any]


def named(name: str) -> Schema:
    """Refer to a schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(item: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": item}


def record(**fields: Schema) -> Schema:
    """Describe an object that has all of these fields and no other."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _word(words: Iterable[str]) -> Schema:
    return {"type": "string", "enum": [str(word) for word in words]}


def _or_null(schema: Schema) -> Schema:
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"oneOf": [schema, {"type": "null"}]}


def _said(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
DIGEST: Schema = {"type": "string", "pattern": "^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"}
REVISION: Schema = {"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
TAG: Schema = {
    "type": "string",
    "description": "HOST[:PORT]/REPOSITORY:TAG",
    "examples": ["quay.io/crunchtools/acquacotta:latest"],
}
_TAGS = list_of(TAG)
_SOURCE = _said(TEXT, "the git repository that the image says it was built from")
_FINDINGS = list_of(
    record(code=_word(Code), outcome=_word([*Outcome]), detail=_said(TEXT, "the reason in words"))
)
_STANDING = _word(standing.name.lower() for standing in Standing)
_EVENT = _said(
    TEXT,
    "`verdict`, `passing` (held for a moment), `revert`, `overtaken`, `revert-failed`; what was"
    " said: `approval`, `rejection`, `ack`, `trust`, `revert-ordered`, `order-failed`",
)

_TAG_STATE = record(
    tag=TAG,
    digest=_or_null(DIGEST),
    outcome=_word(Outcome),
    findings=_FINDINGS,
    conditions=list_of(record(code=_word(ConditionCode), since=TIME, detail=TEXT)),
    source=_or_null(_SOURCE),
    revision=_or_null(REVISION),
    basis=_or_null(_word(Basis)),
    pusher=_or_null(named("Pusher")),
    repeated=_said(_or_null(TEXT), "whether what moved it wrongly has done so before"),
    judged_at=_or_null(TIME),
    next_look_at=_said(_or_null(TIME), "null while somebody looks"),
    baseline=_said(_or_null(REVISION), "what order is judged against"),
    trusted=_or_null(
        record(
            digest=DIGEST,
            source=_or_null(_SOURCE),
            revision=_or_null(REVISION),
            accepted_at=TIME,
        )
    ),
)
_MOVE = record(
    number=_said(COUNT, "of the observation; 0 for what was only said"),
    at=TIME,
    event=_EVENT,
    digest=_or_null(DIGEST),
    outcome=_or_null(_word(Outcome)),
    findings=_FINDINGS,
    source=_or_null(_SOURCE),
    revision=_or_null(REVISION),
    basis=_or_null(_word(Basis)),
    actor=_said(_or_null(TEXT), "who moved it, as a hook says, or who answered and why"),
    pusher=_or_null(named("Pusher")),
    since=_or_null(TIME),
    until=_or_null(TIME),
    found_by=_or_null(_word(Found)),
)
_BUILD = record(
    digest=DIGEST,
    since=TIME,
    code=_or_null(_word(Code)),
    detail=TEXT,
    source=_or_null(TEXT),
    revision=_or_null(REVISION),
    times=COUNT,
)
_ENTRY = record(
    at=TIME,
    what=_word(Happening),
    words=TEXT,
    digest=_or_null(DIGEST),
    by=_or_null(TEXT),
)
_INCIDENT = record(
    id=TEXT,
    tag=TAG,
    stage=_word(Stage),
    wrong_since=TIME,
    opened_at=TIME,
    told_at=_said(_or_null(TIME), "null while a silence keeps it from people"),
    reminders=COUNT,
    acknowledged=_or_null(record(digest=DIGEST, by=_or_null(TEXT), reason=_or_null(TEXT), at=TIME)),
    resolved_at=_or_null(TIME),
    right_since=_or_null(TIME),
    closing=_said(_or_null(TEXT), "what made the tag right again"),
    builds=list_of(_BUILD),
    story=list_of(_ENTRY),
)
_HEALTH = record(
    status=_word(["well", "troubled", "unknown"]),
    checked_at=_or_null(TIME),
    looks_overdue_since=_or_null(TIME),
    conditions=list_of(
        record(
            code=_word(SelfCode),
            about=TEXT,
            since=TIME,
            told_at=_or_null(TIME),
            title=TEXT,
            facts=list_of(record(name=TEXT, text=TEXT)),
            advice=list_of(TEXT),
        )
    ),
    channels=list_of(
        record(
            name=TEXT,
            kind=TEXT,
            delivered_at=_or_null(TIME),
            waiting=COUNT,
            given_up=COUNT,
            failing_since=_or_null(TIME),
            reason=_or_null(TEXT),
        )
    ),
)
_STATUS = record(
    standing=_said(_STANDING, "of the worst tag; `unknown` where looks are overdue"),
    tags=_said(record(**dict.fromkeys(_STANDING["enum"], COUNT)), "how many stand in each way"),
    incidents=record(open=COUNT, acknowledged=COUNT),
    looks_overdue_since=_or_null(TIME),
    health=_word(["well", "troubled", "unknown"]),
)
_SILENCE = record(
    id=TEXT,
    pattern=TEXT,
    by=_or_null(TEXT),
    reason=_or_null(TEXT),
    at=TIME,
    until=TIME,
    ended_by=_or_null(TEXT),
)
_PROBLEM = record(
    type=TEXT, title=TEXT, status={"type": "integer"}, detail=_said(TEXT, "what to do about it")
)

SCHEMAS: dict[str, Schema] = {
    "Tag": _TAG_STATE,
    "Move": _MOVE,
    "Pusher": record(kind=_word(PusherKind), name=TEXT, note=TEXT),
    "Incident": _INCIDENT,
    "Health": _HEALTH,
    "Status": _STATUS,
    "Silence": _SILENCE,
    "Said": record(said=_said(TEXT, "what becomes of the answer"), by=TEXT),
    "Queued": {
        **record(queued=_TAGS, deferred=_TAGS, ignored=_TAGS, test={"type": "boolean"}),
        "required": ["queued", "deferred", "ignored"],
    },
    "Up": record(status=_word(["up", "ready"])),
    "Problem": _said(_PROBLEM, "RFC 9457"),
}

REASON: Schema = {"type": "string", "minLength": 1, "description": f"cut at {REASON_MAX_CHARS}"}
PATTERN: Schema = {
    "type": "string",
    "maxLength": PATTERN_MAX_CHARS,
    "description": "a glob over image and tag; `**` is all",
    "examples": ["quay.io/crunchtools/*:latest"],
}
DURATION: Schema = {"type": "string", "pattern": "^[1-9][0-9]{0,5}[smhd]$", "examples": ["2h"]}
EXPIRES = _said(TEXT, "a time of RFC 3339, or a span from now such as `2h`")


def body(optional: Iterable[str] = (), **fields: Schema) -> Schema:
    """Describe the body of an answer: texts, some of which may be left out or null."""
    schema = record(
        **{name: _or_null(field) if name in optional else field for name, field in fields.items()}
    )
    schema["required"] = [name for name in fields if name not in optional]
    return schema
