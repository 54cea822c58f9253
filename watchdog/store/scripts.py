"""The Lua scripts of `lua/`, loaded by name and run as one command of the server each."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import redis

from watchdog.store import keys
from watchdog.store.connection import store_errors

HINTS_MAX = 32
Argument = str | bytes | int


class Script:
    """One script, with `lua/due.lua` before it; the server keeps it by its hash."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        constants = f"local WAKE_CHANNEL, HINTS_MAX = '{keys.WAKE_CHANNEL}', {HINTS_MAX}\n"
        self._script = client.register_script(constants + _source("due") + _source(name))

    def __call__(self, doing: str, names: Sequence[str], arguments: Iterable[Argument]) -> Any:
        """Run it on these keys; raises StoreError, whose message begins with `doing`."""
        with store_errors(doing):
            return self._script(names, list(arguments))


def _source(name: str) -> str:
    return files("watchdog.store").joinpath("lua", f"{name}.lua").read_text("utf-8")
