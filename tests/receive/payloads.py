"""What registries sent, word for word, and how to change it."""

import json
from pathlib import Path

import pytest

from watchdog.errors import MalformedError
from watchdog.receive.hook import Hook

FOLDER = Path(__file__).parents[1] / "fixtures" / "receive"
GONE = object()


def recorded(name):
    return (FOLDER / f"{name}.json").read_bytes()


def changed(name, /, **changes):
    """A recorded body with other values at some places, such as `events__0__action="pull"`."""
    document = json.loads(recorded(name))
    for place, value in changes.items():
        *way, last = [int(step) if step.isdigit() else step for step in place.split("__")]
        inner = document
        for step in way:
            inner = inner[step]
        if value is GONE:
            del inner[last]
        else:
            inner[last] = value
    return json.dumps(document).encode()


def refused(parse, hook):
    """The reason why a hook is refused."""
    with pytest.raises(MalformedError) as caught:
        parse(hook if isinstance(hook, Hook) else Hook(hook))
    return str(caught.value)
