"""Git repositories by their URL, compared in one normal form.

Nothing here is ever fetched: a URL read from an image is only compared with the policy's.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from watchdog.errors import MalformedError

URL_MAX_CHARS = 2048
_DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22, "git": 9418}
_SCP_FORM = re.compile(r"(?P<user>[A-Za-z0-9_-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*)")
_BARE_FORM = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?/.*")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_PATH = re.compile(r"[a-z0-9._~+-]+(?:/[a-z0-9._~+-]+)*")
# What a forge puts behind a repository's own path when a person copies a page's address.
_PAGES = re.compile(r"([^/]+/.+?)/(?:-/)?(?:tree|blob|commit|commits|releases)(?:/.*)?")


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A git repository: host (with a port that is not its scheme's) and path, in lower case."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


def parse_source(url: str) -> tuple[Source, str]:
    """Read a repository URL into its normal form and the ref it carried ("" if none).

    Raises MalformedError for what does not plainly name a repository: other schemes, a query,
    dots or percent signs in the path, control characters, a user that looks like a host.
    """
    if len(url) > URL_MAX_CHARS or not re.fullmatch(r"[!-~]+", url) or re.search(r'[\\%?"<>]', url):
        raise _malformed(url)
    address, _, fragment = url.partition("#")
    scheme, host, port, path = _split(address, url)
    path, at, ref = path.strip("/").partition("@")
    if (at and not url.lower().startswith("git+")) or {".", ".."} & {*path.split("/")}:
        raise _malformed(url)
    page = _PAGES.fullmatch(path.lower())
    path = (page[1] if page else path.lower()).strip("/")
    # One component alone is an owner's page, unless its name says that it is a repository.
    if "/" not in path and not path.endswith(".git"):
        raise _malformed(url)
    path = re.sub(r"(?:\.git)+$", "", path)
    host = re.sub(r"^(?:www\.)+", "", host)
    if not _HOST.fullmatch(host) or not _PATH.fullmatch(path):
        raise _malformed(url)
    suffix = "" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}"
    return Source(f"{host}{suffix}", path), ref or fragment


def holds_credentials(url: str) -> bool:
    """Tell whether a URL has a password in it, or a user, which over HTTP may be a token."""
    scheme, _, rest = url.partition("://")
    user, at, _ = rest.partition("/")[0].rpartition("@")
    over_http = scheme.lower().removeprefix("git+").startswith("http")
    return bool(at) and (over_http or ":" in user)


def without_secrets(url: str) -> str:
    """Cut from a URL what may be a secret (user, password, query), so that it can be shown."""
    shown, _, query = url.partition("?")
    if "@" in shown:
        return f"…@{shown.rpartition('@')[2]}"
    # A password with a question mark in it.
    return "…" if "@" in query else shown


def _malformed(url: str) -> MalformedError:
    return MalformedError(f"not a repository URL: {without_secrets(url)[:80]!r}")


def _split(address: str, url: str) -> tuple[str, str, int | None, str]:
    """Take an address apart into scheme, host, port and path."""
    if scp := _SCP_FORM.fullmatch(address):
        return "ssh", scp["host"].lower(), None, scp["path"]
    if "://" not in address and _BARE_FORM.fullmatch(address):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        # The library's own words may hold the URL, and with it a password.
        raise _malformed(url) from None
    scheme = parts.scheme.removeprefix("git+")
    # `github.com@evil.example`: a user name with a dot is a host dressed up to be read first.
    if scheme not in _DEFAULT_PORTS or "." in (parts.username or ""):
        raise _malformed(url)
    return scheme, host, port, parts.path
