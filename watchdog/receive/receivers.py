"""The table of receivers: the name in a hook's URL, and what reads the hook.

Each returns the pushes of tags that a hook tells of, none for one that tells of something else,
and raises MalformedError with the reason for one that its registry does not send.
"""

from collections.abc import Callable, Mapping

from watchdog.core.push import Push
from watchdog.receive import distribution, dockerhub, github, harbor, quay, zot
from watchdog.receive.hook import Hook

RECEIVERS: Mapping[str, Callable[[Hook], tuple[Push, ...]]] = {
    "quay": quay.parse,
    "distribution": distribution.parse,
    "zot": zot.parse,
    "harbor": harbor.parse,
    "dockerhub": dockerhub.parse,
    "github": github.parse,
}
