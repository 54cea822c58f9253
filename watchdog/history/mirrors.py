"""The mirrors of one data folder: one for each source that the policy names."""

import hashlib
import re
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from watchdog.core.self_trouble import FailingMirror
from watchdog.core.source import Source, parse_source
from watchdog.core.step import Observer
from watchdog.errors import ConfigurationError
from watchdog.history.clone import Clone
from watchdog.history.git import FETCH_TIMEOUT_S, Git
from watchdog.history.mirror import Mirror

NAME_MAX_CHARS = 80


class Mirrors:
    """All mirrors below `folder`, which processes may share.

    `credentials` is a file in git's credential-store format, a line per host; it is only read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        credentials: Path | None = None,
        timeout_s: float = FETCH_TIMEOUT_S,
        observer: Observer | None = None,
    ) -> None:
        self._folder = folder
        self._git = Git(credentials.absolute() if credentials else None, observer)
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._mirrors: dict[Source, Mirror] = {}
        self._hosts: dict[Source, str] = {}

    def mirror(self, url: str) -> Mirror:
        """Return the mirror of a policy's source: the same one for all forms of one repository.

        Never call it with a URL read from an image. Raises MalformedError for what is no
        repository's URL, and ConfigurationError for one with a password or token in it.
        """
        source, _ = parse_source(url)
        address = _address(url)
        if urlsplit(address).scheme in ("http", "https") and "@" in urlsplit(address).netloc:
            message = f"the URL of {source} has credentials: put them into the git credentials file"
            raise ConfigurationError(message)
        with self._guard:
            if source not in self._mirrors:
                path = self._folder / _folder_name(source)
                clone = Clone(path, address, str(source), self._git, self._timeout_s)
                self._mirrors[source] = Mirror(clone)
                self._hosts[source] = urlsplit(address).hostname or source.host
            return self._mirrors[source]

    def failing(self, now: datetime) -> tuple[FailingMirror, ...]:
        """Name the sources whose last fetch failed, with times by the clock that says `now`."""
        with self._guard:
            mirrors = tuple(self._mirrors.items())
        return tuple(
            FailingMirror(
                source=str(source),
                host=self._hosts[source],
                fetches=fault.fetches,
                since=now - timedelta(seconds=time.monotonic() - fault.since),
                last=now - timedelta(seconds=time.monotonic() - fault.last),
                reason=fault.reason,
            )
            for source, mirror in mirrors
            if (fault := mirror.fault)
        )

    def close(self) -> None:
        """End every git that still runs; whoever waits for one gets its RemoteError."""
        self._git.running.stop()


def _address(url: str) -> str:
    """Turn a repository's URL in one of the forms of `parse_source` into one that git takes."""
    address = url.partition("#")[0]
    if address.lower().startswith("git+"):
        scheme, separator, rest = address[4:].partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{separator}{host}{slash}{path.partition('@')[0]}"
    if "://" in address or "@" in address:
        return address
    return f"https://{address}"


def _folder_name(source: Source) -> str:
    """Name a folder so that a person can read it and no two sources share it."""
    readable = re.sub(r"[^a-z0-9.-]+", "_", str(source))[:NAME_MAX_CHARS]
    return f"{readable}-{hashlib.sha256(str(source).encode()).hexdigest()[:12]}.git"
