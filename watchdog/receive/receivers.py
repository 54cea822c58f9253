"""The table of receivers: the name in a hook's URL, and what reads its body."""

from collections.abc import Callable, Mapping

from watchdog.core.push import Push
from watchdog.receive import quay

RECEIVERS: Mapping[str, Callable[[bytes], Push]] = {"quay": quay.parse}
