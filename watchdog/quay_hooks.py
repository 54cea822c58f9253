"""What `watchdog quay hooks` does to the hook of one repository after the other.

Only webhooks about pushes that are sent to this service's own address are ever touched.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from watchdog.core.quay_hook import (
    FAILURES_MAX,
    PATH,
    HookReceiver,
    HookState,
    Notification,
    hidden,
)
from watchdog.core.reference import Repository
from watchdog.errors import ConfigurationError, NotFoundError, WatchdogError
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.notifications import (
    create_notification,
    delete_notification,
    list_notifications,
    reset_notification,
    send_test,
)

TITLE = "registry watchdog"
RETRY_AFTER_S = (2.0, 5.0, 15.0)
_ADVICE = {
    HookState.DISABLED: "Quay sends it no more: `watchdog quay hooks reset`",
    HookState.OUTDATED: "its secret is not accepted (any more): remove it, then install",
    HookState.FAILING: f"after {FAILURES_MAX} failures in a row Quay disables it",
}


@dataclass(frozen=True, slots=True)
class HookRow:
    """How the hook of a repository stands, and what was done; `error` says why nothing was."""

    repository: str
    state: HookState
    failures: int = 0
    url: str = ""
    done: str = ""
    note: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """What an action works with; `config` is that of a new notification."""

    api: QuayApi
    receiver: HookReceiver
    config: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    dry_run: bool = False


Action = Callable[[Desk, Repository], HookRow]


def look(desk: Desk, repository: Repository) -> HookRow:
    """Say how the hook stands."""
    return _row(desk, repository, list_notifications(desk.api, repository))


def install(desk: Desk, repository: Repository) -> HookRow:
    """Create the hook where there is none; one that is there is left alone, well or not."""
    found = list_notifications(desk.api, repository)
    row = _row(desk, repository, found)
    if row.state is not HookState.MISSING:
        return replace(row, done="left alone")
    if desk.dry_run:
        return replace(row, done="would be installed")
    made = create_notification(desk.api, repository, desk.config, TITLE)
    return replace(_row(desk, repository, (*found, made)), done="installed")


def test(desk: Desk, repository: Repository) -> HookRow:
    """Ask Quay for a test of the hook, which a disabled one would not be sent."""
    found = list_notifications(desk.api, repository)
    sendable = [hook for hook in _ours(desk, found) if not hook.is_disabled]
    for hook in sendable:
        send_test(desk.api, repository, hook.uuid)
    done = "a test is on its way: see the log of `watchdog web`" if sendable else "not tested"
    return replace(_row(desk, repository, found), done=done)


def reset(desk: Desk, repository: Repository) -> HookRow:
    """Let Quay send a hook again that failed."""
    found = list_notifications(desk.api, repository)
    failed = [hook for hook in _ours(desk, found) if hook.failures]
    for hook in failed:
        reset_notification(desk.api, repository, hook.uuid)
    well = tuple(replace(hook, failures=0) if hook in failed else hook for hook in found)
    done = "reset; what was lost meanwhile is found by the timer" if failed else "nothing to reset"
    return replace(_row(desk, repository, well), done=done)


def remove(desk: Desk, repository: Repository) -> HookRow:
    """Delete what is sent to our address, and nothing else."""
    found = list_notifications(desk.api, repository)
    ours = _ours(desk, found)
    for hook in ours:
        with suppress(NotFoundError):  # somebody else was faster
            delete_notification(desk.api, repository, hook.uuid)
    left = tuple(hook for hook in found if hook not in ours)
    return replace(_row(desk, repository, left), done="removed" if ours else "nothing to remove")


def carry_out(
    action: Action,
    desk: Desk,
    repositories: Iterable[Repository],
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[HookRow]:
    """Do it to each repository; what goes wrong is a row like any other.

    A host that does not answer, asked again several times, is not asked about the others.
    """
    given_up: dict[str, str] = {}
    for repository in repositories:
        host = repository.registry
        if host in given_up:
            yield failed(repository, f"not asked: {given_up[host]}")
            continue
        try:
            yield _patiently(action, desk, repository, sleep)
        except WatchdogError as error:
            if error.retryable:
                given_up[host] = str(error)
            yield failed(repository, str(error))


def failed(repository: object, reason: str) -> HookRow:
    """Make the row of what could not be done."""
    return HookRow(str(repository), HookState.UNREADABLE, error=reason)


def receiver_of(base_url: str | None, secrets: tuple[str, ...]) -> HookReceiver:
    """Say where hooks are to go; raises ConfigurationError."""
    if base_url is None:
        raise ConfigurationError(
            "WATCHDOG_BASE_URL is not set: it is the address that a hook of ours is known by"
        )
    return HookReceiver(base_url, secrets)


def _patiently(
    action: Action, desk: Desk, repository: Repository, sleep: Callable[[float], object]
) -> HookRow:
    for wait_s in RETRY_AFTER_S:
        try:
            return action(desk, repository)
        except WatchdogError as error:
            if not error.retryable:
                raise
            sleep(wait_s)
    return action(desk, repository)


def _ours(desk: Desk, found: Iterable[Notification]) -> list[Notification]:
    return [notification for notification in found if desk.receiver.is_ours(notification)]


def _row(desk: Desk, repository: Repository, found: Iterable[Notification]) -> HookRow:
    """Tell of the worst of our hooks; two would be told twice of each push."""
    found = tuple(found)
    ours = _ours(desk, found)
    others = tuple(hook for hook in found if hook not in ours)
    known = desk.receiver.worst_of(found)
    if known is None:
        return HookRow(str(repository), HookState.MISSING, note=_former(others))
    worst, state = known
    twice = f"there are {len(ours)}: each push is told {len(ours)} times" if len(ours) > 1 else ""
    notes = (_ADVICE.get(state, ""), twice, _former(others))
    url, note = hidden(worst.url), "; ".join(filter(None, notes))
    return HookRow(str(repository), state, worst.failures, url, note=note)


def _former(others: Iterable[Notification]) -> str:
    """Name hooks to another address that look like those of a watchdog."""
    urls = (hidden(hook.url) for hook in others if hook.tells_pushes)
    former = [url for url in urls if url.partition("?")[0].endswith(PATH)]
    return f"not to this address, and left alone: {', '.join(former)}" if former else ""
