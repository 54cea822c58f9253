"""What a person answers from the command line: ack, approve, reject, trust, revert, silence.

Each is checked as the API checks it, written into the store, and looked at by a worker at once.
"""

import getpass
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchdog.command_line import policy_option, read_settings
from watchdog.errors import ConfigurationError

if TYPE_CHECKING:
    from watchdog.core.answer import Answerer
    from watchdog.core.silence import Silence
    from watchdog.store.answering import Answering

FORMS = ("table", "json")
_BUILD = "REF@DIGEST"


def _says(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of everything that somebody says."""
    command = click.option("--by", help="Who says so; default: the user who runs this.")(command)
    command = click.option("--reason", required=True, help="Why; it is kept and shown.")(command)
    return policy_option(command)


@click.command("ack")
@click.argument("build", metavar=_BUILD)
@_says
def ack(build: str, reason: str, by: str | None, policy: Path | None) -> None:
    """Say that you know of a wrong build: no more reminders of this very one.

    Example: watchdog ack quay.io/org/app:latest@sha256:9b45… --reason "rebuild is under way"
    """
    _answer("ack", _named(build), reason, by, policy)


@click.command("approve")
@click.argument("build", metavar=_BUILD)
@_says
def approve(build: str, reason: str, by: str | None, policy: Path | None) -> None:
    """Approve one build of a tag: this very digest, and no other.

    Example: watchdog approve quay.io/org/app:latest@sha256:9b45… --reason "rollback of 1.4"
    """
    _answer("approval", _named(build), reason, by, policy)


@click.command("trust")
@click.argument("build", metavar=_BUILD)
@_says
def trust(build: str, reason: str, by: str | None, policy: Path | None) -> None:
    """Name the build that reverts put back, without moving the tag.

    Example: watchdog trust quay.io/org/app:latest@sha256:9b45… --reason "what 1.3 was"
    """
    _answer("trust", _named(build), reason, by, policy)


@click.command("reject")
@click.argument("reference", metavar="REF")
@click.argument("build", metavar="DIGEST|REVISION")
@_says
def reject(reference: str, build: str, reason: str, by: str | None, policy: Path | None) -> None:
    """Reject a build, or every build of a commit: it is never accepted again.

    A later `watchdog approve` of the very digest takes that back.

    Example: watchdog reject quay.io/org/app:latest 3f2a91c… --reason "leaks the session key"
    """
    field = "digest" if ":" in build else "revision"
    _answer("rejection", {"tag": reference, field: build}, reason, by, policy)


@click.command("revert")
@click.argument("reference", metavar="REF")
@click.option("--to", metavar="DIGEST", help="A build that was trusted before.")
@_says
def revert(
    reference: str, to: str | None, reason: str, by: str | None, policy: Path | None
) -> None:
    """Put a tag back to its trusted build, or to one that was trusted before.

    Goes before `enforce`, `revert_on`, `revert_people` and the limit for a day; the switch
    WATCHDOG_REVERTS holds. Refused if the tag moves before the worker writes.

    Example: watchdog revert quay.io/org/app:latest --reason "the login is broken"
    """
    _answer("revert", {"tag": reference, "to": to}, reason, by, policy)


@click.command("silence")
@click.argument("pattern", required=False)
@click.option("--for", "lasts", metavar="TIME", help="For how long: 30m, 2h, 1d; at most 30d.")
@click.option("--reason", help="Why; it is kept and shown.")
@click.option("--by", help="Who says so; default: the user who runs this.")
@click.option("--list", "lists", is_flag=True, help="List the silences in force.")
@click.option("--end", "ends", metavar="ID", help="End one before its time.")
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@policy_option
def silence(  # noqa: PLR0913  (each is an option of the command)
    pattern: str | None,
    policy: Path | None,
    *,
    lasts: str | None,
    reason: str | None,
    by: str | None,
    ends: str | None,
    form: str,
    lists: bool,
) -> None:
    """Hear nothing of the incidents of some tags for a while; verdicts and reverts go on.

    PATTERN is a glob over image and tag. What is wrong still is told at the end.

    Example: watchdog silence "quay.io/org/*:latest" --for 2h --reason "the registry moves"
    """
    if sum((pattern is not None, ends is not None, lists)) != 1:
        raise click.UsageError("one of PATTERN, --list and --end ID is wanted")
    answering = _answering(policy)
    if lists:
        _list(answering.silences(), form)
        return
    if ends is not None:
        ended = answering.end_silence(ends, _answerer(by))
        click.echo(f"the silence of {ended.pattern} is over; what is wrong is told now")
        return
    from watchdog.core.answer import read_hush

    fields = {"pattern": pattern, "for": lasts, "reason": reason}
    begun = answering.silence(read_hush(fields, _answerer(by)))
    click.echo(f"{begun.id}: silent about {begun.pattern} until {begun.until:%Y-%m-%d %H:%M} UTC")


def _answer(
    kind: str, fields: dict[str, str | None], reason: str, by: str | None, policy: Path | None
) -> None:
    """Check one answer, take it in, and say what becomes of it."""
    from watchdog.core.answer import AnswerKind, read_answer
    from watchdog.policy_file import read_policy

    settings, answering = read_settings(policy), _answering(policy)
    fields |= {"reason": reason}
    answer = read_answer(AnswerKind(kind), fields, _answerer(by), answering.now())
    rule = read_policy(settings.policy).rule_for(answer.tag)
    if rule is None:
        raise ConfigurationError(f"no rule of {settings.policy} watches {answer.tag}")
    click.echo(f"{answering.take(answer, rule)}; it is looked at now")


def _named(build: str) -> dict[str, str | None]:
    """Take REF@DIGEST apart."""
    reference, _, digest = build.partition("@")
    return {"tag": reference, "digest": digest}


def _answerer(by: str | None) -> "Answerer":
    from watchdog.core.answer import Answerer, read_name

    return Answerer(read_name(by or getpass.getuser()))


def _answering(policy: Path | None) -> "Answering":
    from watchdog.store.answering import Answering
    from watchdog.wiring import store_client

    return Answering(store_client(read_settings(policy)))


def _list(silences: "tuple[Silence, ...]", form: str) -> None:
    if form == "json":
        from watchdog.store.incident_document import silence_document

        click.echo(json.dumps([silence_document(one) for one in silences], indent=2))
        return
    for one in silences:
        click.echo(
            f"{one.id}  {one.pattern}  until {one.until:%Y-%m-%d %H:%M} UTC  {one.by}: {one.reason}"
        )
    if not silences:
        click.echo("nothing is silenced")
