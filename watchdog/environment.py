"""Reading variables of the environment by name, each of which may stand in a file instead.

It remembers what it was asked for and what was wrong, so that all faults, and every name that is
no setting, can be said at once. No fault shows a value.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from watchdog.errors import WatchdogError

T = TypeVar("T")
FILE_MAX_BYTES = 64 * 1024
_PREFIX = "WATCHDOG_"
_SYSTEMD = {"WATCHDOG_PID", "WATCHDOG_USEC"}  # sd_watchdog_enabled(3) sets these for a service


class Environment:
    """Variables, read by name; `faults` holds what was wrong with them so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._names: list[str] = []
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        """Return a variable's value, or its file's; None where neither is set, or was wrong."""
        self._names += [name, f"{name}_FILE"]
        value, path = self._environ.get(name), self._environ.get(f"{name}_FILE")
        if value and path:
            self.faults.append(f"{name} and {name}_FILE are both set: keep one")
            return None
        text = self._content(f"{name}_FILE", path) if path else value
        if text and not text.isprintable():
            self.faults.append(f"{name} holds a line break or another control character")
            return None
        return text or None

    def value(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return a variable's parsed value, or the default where it is not set, or was wrong."""
        text = self.text(name)
        if text is None:
            return default
        try:
            return parse(text)
        except WatchdogError as error:
            self.faults.append(f"{name}: {error}")
            return default

    def warnings(self) -> tuple[str, ...]:
        """Say which variables look like settings and are none, with the nearest that is one."""
        known = {*self._names, *_SYSTEMD}
        unknown = sorted(
            name for name in self._environ if name.startswith(_PREFIX) and name not in known
        )
        return tuple(self._warning(name) for name in unknown)

    def _warning(self, name: str) -> str:
        # Without the prefix, which would make any two names alike.
        names = {known.removeprefix(_PREFIX): known for known in self._names}
        near = get_close_matches(name.removeprefix(_PREFIX), names, n=1)
        return f"{name} is not a setting{f'; is {names[near[0]]} meant?' if near else ''}"

    def _content(self, variable: str, path: str) -> str | None:
        # The path is not shown: whoever confuses the two names puts a secret there.
        try:
            with Path(path).open("rb") as file:
                content = file.read(FILE_MAX_BYTES + 1)
            text = content.decode().rstrip("\r\n")
        except OSError as error:
            self.faults.append(f"the file that {variable} names cannot be read: {error.strerror}")
            return None
        except ValueError:
            self.faults.append(f"the file that {variable} names is not UTF-8 text")
            return None
        if not text or len(content) > FILE_MAX_BYTES:
            size = "over 64 KiB" if text else "empty"
            self.faults.append(f"the file that {variable} names is {size}")
            return None
        return text
