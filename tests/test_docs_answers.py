"""`docs/answers.md`: each command, setting and field in it is one that there is."""

import re
import shlex
from pathlib import Path

import click
import pytest

from tests.core.examples import NOW, digest, revision
from watchdog.cli import cli
from watchdog.core.answer import Answerer, AnswerKind, read_answer, read_hush
from watchdog.settings import Settings
from watchdog.web.answers import ENDPOINTS

PAGE = (Path(__file__).parents[1] / "docs" / "answers.md").read_text()
COMMANDS = [shlex.split(line)[1:] for line in re.findall(r"^\$ (watchdog .*)$", PAGE, re.MULTILINE)]
ROWS = dict(re.findall(r"^\| `POST /api/v1/(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
VALUES = {
    "tag": "quay.io/acme/app:latest",
    "digest": str(digest()),
    "to": str(digest()),
    "revision": revision(),
    "reason": "because",
    "expires": "2h",
    "pattern": "quay.io/acme/*",
    "for": "2h",
}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_command_is_one_that_there_is(words):
    command = cli.commands[words[0]]
    command.parse_args(click.Context(command), words[1:])


def test_every_setting_on_the_page_is_one():
    names = set(re.findall(r"\bWATCHDOG_[A-Z_]+\b", PAGE))
    settings = Settings.from_environ({"HOME": "/", **dict.fromkeys(names, "")})
    assert names
    assert settings.warnings == ()


def test_every_endpoint_is_on_the_page_with_the_fields_that_it_takes():
    assert ROWS.keys() == {*ENDPOINTS, "silences"}
    by = Answerer("ann")
    for name, cell in ROWS.items():
        fields = {field: VALUES[field] for field in re.findall(r"`(\w+)`", cell) if field in VALUES}
        if name == "silences":
            assert read_hush(fields, by)
            continue
        if "digest" in fields:
            fields.pop("revision", None)
        assert read_answer(AnswerKind(ENDPOINTS[name]), fields, by, NOW)
