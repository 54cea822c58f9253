"""What a Quay lets the watchdog do with a repository: concluded from what it answers.

A token is checked, not believed: one that is wrong or has expired is not refused, Quay takes us
for nobody. So what it may do is asked of each repository, and what it may not is said by feature,
with what to do. Reading Quay's answers is the work of `registry.quay.repositories`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from watchdog.core.duration import format_duration
from watchdog.core.memory import TagMemory
from watchdog.core.message import plain

RESTORE_MARGIN = timedelta(hours=1)
"""A look may come late, and what it decides takes a while: a build must be kept for longer."""
VANISHING_AFTER = timedelta(days=1)
"""How long before Quay forgets a displaced trusted build it is warned of."""
EXPIRY_WARNED = timedelta(days=14)
STATE_MAX_CHARS = 40
NORMAL = "NORMAL"
_OFF = timedelta(0)
_TIME_MACHINE_OFF = "the time machine is off (0 s): what was displaced is gone at once"
_LENGTHEN = "an owner can lengthen it in the organization's settings"


class Feature(StrEnum):
    """What the watchdog does through Quay's API; `OAUTH` is the token itself."""

    HISTORY = "history"
    RESTORE = "restore"
    HOOKS = "hooks"
    PUSHERS = "who pushed"
    OAUTH = "token"


OF_A_REPOSITORY = (Feature.HISTORY, Feature.RESTORE, Feature.HOOKS, Feature.PUSHERS)


class Ability(StrEnum):
    """Whether a feature works, the worst last; `AT_RISK` works now, and may not when needed."""

    YES = "yes"
    AT_RISK = "at risk"
    NO = "no"


class Credit(StrEnum):
    """What a Quay gives for our token.

    `PROVEN`: it did what nobody may. `IN_DOUBT`: nothing shows that Quay believes it.
    """

    ABSENT = "absent"
    IN_DOUBT = "in doubt"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Info:
    """What whoever asks may do with a repository, and for how long a displaced tag can be restored.

    `tag_expiration` is zero where the time machine is off, None where Quay did not say.
    """

    can_write: bool
    can_admin: bool
    tag_expiration: timedelta | None
    state: str
    is_public: bool

    @property
    def needs_credit(self) -> bool:
        """Whether nobody would have been told this."""
        return self.can_write or self.can_admin or not self.is_public


@dataclass(frozen=True, slots=True)
class Statement:
    """Whether one feature works, and if not, why and what to do.

    `scope` is what the token lacks, where that is what it is about.
    """

    feature: Feature
    ability: Ability
    reason: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one repository; `info` is None where Quay would not tell.

    `displaced_at` is when its trusted build lost its tag, None while it stands there.
    """

    info: Info | None
    credit: Credit
    look_every: timedelta
    now: datetime
    displaced_at: datetime | None = None


def state_features(case: Case) -> tuple[Statement, ...]:
    """Say of each feature whether it works for one repository."""
    info = case.info
    if info is None:
        deed = "read it, or there is no such repository"
        return tuple(_refused(case, feature, "repo:read", deed) for feature in OF_A_REPOSITORY)
    admins = (Feature.HOOKS, Feature.PUSHERS)
    return (
        Statement(Feature.HISTORY, Ability.YES),
        _restore(case, info),
        *(
            Statement(feature, Ability.YES)
            if info.can_admin
            else _refused(case, feature, "repo:admin", "administer it")
            for feature in admins
        ),
    )


def state_token(credit: Credit, expires: date | None, now: datetime) -> Statement:
    """Say whether the token of a host will do; Quay tells nobody when one expires."""
    if credit is Credit.ABSENT:
        reason = "there is none: set WATCHDOG_QUAY_TOKEN to an OAuth token of a dedicated user"
        return Statement(Feature.OAUTH, Ability.NO, reason)
    if credit is Credit.IN_DOUBT:
        reason = "it is not valid or has expired, or its owner may not write to what is watched"
        return Statement(Feature.OAUTH, Ability.NO, f"{reason}: make a new one")
    left = datetime.combine(expires, time(), UTC) - now if expires else None
    if left is None or left > EXPIRY_WARNED:
        return Statement(Feature.OAUTH, Ability.YES)
    said = f"by WATCHDOG_QUAY_TOKEN_EXPIRES it expires on {expires}: make a new one before"
    if left <= timedelta():
        said = f"by WATCHDOG_QUAY_TOKEN_EXPIRES it expired on {expires}: write the new one's date"
    return Statement(Feature.OAUTH, Ability.AT_RISK, said)


def displaced_at(memory: TagMemory) -> datetime | None:
    """Say when a tag's trusted build lost its tag, as far as is known; None while it stands."""
    if not memory.trusted or memory.trusted.digest == memory.digest:
        return None
    opened = memory.incident.opened_at if memory.incident else None
    return min(filter(None, (memory.since, opened)), default=None)


def _restore(case: Case, info: Info) -> Statement:
    """Say whether a build can be restored: the first reason against it counts."""
    return next(_against_restore(case, info), Statement(Feature.RESTORE, Ability.YES))


def _against_restore(case: Case, info: Info) -> Iterator[Statement]:
    kept = info.tag_expiration
    if kept == _OFF:
        yield _no_restore(f"{_TIME_MACHINE_OFF}; {_LENGTHEN}")
    if info.state != NORMAL:
        state = plain(info.state, STATE_MAX_CHARS)
        yield _no_restore(f"the repository is {state}: Quay lets nobody write to it")
    if not info.can_write:
        yield _refused(case, Feature.RESTORE, "repo:write", "write to it")
    if kept is None:
        return
    if case.displaced_at and case.displaced_at + kept - case.now < VANISHING_AFTER:
        yield _vanishing(case.displaced_at + kept, case.now)
    if kept < case.look_every + RESTORE_MARGIN:
        said = f"a displaced build is kept for {format_duration(kept)}"
        every = f"the timer looks every {format_duration(case.look_every)}"
        reason = f"{said}, and {every}: it may be gone when needed; {_LENGTHEN}"
        yield Statement(Feature.RESTORE, Ability.AT_RISK, reason)


def _no_restore(reason: str) -> Statement:
    return Statement(Feature.RESTORE, Ability.NO, reason)


def _vanishing(at: datetime, now: datetime) -> Statement:
    """Speak of a trusted build that is not under its tag any more."""
    moment = f"{at:%Y-%m-%d %H:%M} UTC"
    if at <= now:
        return _no_restore(f"the displaced trusted build left the time machine at {moment}")
    reason = f"Quay forgets the displaced trusted build at {moment}: restore it soon"
    return Statement(Feature.RESTORE, Ability.AT_RISK, reason)


def _refused(case: Case, feature: Feature, scope: str, deed: str) -> Statement:
    """Say why a token does not do, and what would."""
    # Quay answers a bad token as it answers nobody: that is all that can be known of one.
    anything = "write" if scope == "repo:write" else deed
    reasons = {
        Credit.ABSENT: f"it takes a token with the scope {scope} in WATCHDOG_QUAY_TOKEN",
        Credit.IN_DOUBT: (
            f"the token is not valid or has expired, or its owner may not {anything}"
        ),
        Credit.PROVEN: f"the token lacks the scope {scope}, or its owner may not {deed}",
    }
    return Statement(feature, Ability.NO, reasons[case.credit], scope)
