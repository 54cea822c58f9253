"""`docs/quay.md`: each command in it is one that there is, and what it quotes is what is said."""

import re
import shlex
from datetime import timedelta
from pathlib import Path

import click
import pytest

from tests.core.examples import NOW
from watchdog.cli import cli
from watchdog.core.quay_access import Case, Credit, Info, state_features
from watchdog.settings import Settings

PAGE = (Path(__file__).parents[1] / "docs" / "quay.md").read_text()
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^\$ (watchdog .*)$", PAGE, re.MULTILINE)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_is_one_that_there_is(words, tmp_path, monkeypatch):
    authority = tmp_path / "ca.pem"
    authority.touch()
    words = [str(authority) if word.endswith(".pem") else word for word in words]
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, words)
        context = click.Context(command, parent=context, info_name=name)
    command.parse_args(context, words)


def test_every_setting_on_the_page_is_one(monkeypatch):
    names = set(re.findall(r"\bWATCHDOG_[A-Z_]+\b", PAGE))
    settings = Settings.from_environ({"HOME": "/", **dict.fromkeys(names, "")})
    assert names
    assert settings.warnings == ()


def test_what_the_page_quotes_is_what_is_said():
    nobody = Info(
        can_write=False, can_admin=False, tag_expiration=None, state="NORMAL", is_public=True
    )
    off = Info(
        can_write=True, can_admin=True, tag_expiration=timedelta(), state="NORMAL", is_public=True
    )
    said = " ".join(
        statement.reason
        for info in (nobody, off)
        for credit in Credit
        for statement in state_features(Case(info, credit, timedelta(minutes=5), NOW))
    )
    quoted = re.findall(r'^\| "([^"]*token[^"]*|the time[^"]*)" \|', PAGE, re.MULTILINE)
    assert len(quoted) == 4
    for words in quoted:
        for part in words.split("…"):
            assert part.strip() in said
