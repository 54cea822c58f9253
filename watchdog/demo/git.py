"""Git repositories and a server for them: real git over real HTTP, for tests and the demo.

Made for loopback: it serves whatever lies below one folder to whoever asks.
"""

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from watchdog.core.commits import Revision

BACKEND_TIMEOUT_S = 60.0
FIRST_COMMIT_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

# What a forge allows: partial clones, and any commit it has, a fork's as well, by its id.
_CONFIG = {
    "safe.directory": "*",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
    "gc.auto": "0",
}


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    pairs = list(enumerate(_CONFIG.items()))
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(pairs)),
        **{f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in pairs},
        **{f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in pairs},
        **more,
    }


def _git(
    *arguments: str,
    stdin: bytes = b"",
    more: Mapping[str, str] | None = None,
    check: bool = True,
) -> bytes:
    # No shell; the arguments are the demo's and the tests' own.
    return subprocess.run(  # noqa: S603
        ["git", *arguments],  # noqa: S607
        input=stdin,
        capture_output=True,
        env=_environment(more or {}),
        timeout=BACKEND_TIMEOUT_S,
        check=check,
    ).stdout


class GitRepository:
    """A bare repository at `path`, written by plumbing; made if it is not there.

    Its commits have no files. Their times are a minute apart unless given, so that the same calls
    give the same ids every time; give `author` to get other ones.
    """

    def __init__(self, path: Path, *, default: str = "main", author: str = "Demo") -> None:
        self.path = path
        self._at = FIRST_COMMIT_AT
        self._author = author
        if not path.exists():
            branch = f"--initial-branch={default}"
            _git("init", "--quiet", "--bare", "--template=", branch, "--", str(path))
        self._tree = self.git("hash-object", "-t", "tree", "-w", "--stdin")

    def git(
        self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> str:
        """Run git on this repository and return what it printed; CalledProcessError if it fails."""
        arguments = (f"--git-dir={self.path}", *arguments)
        return _git(*arguments, stdin=stdin, more=more).decode().strip()

    def commit(self, message: str, *, branch: str = "main", at: datetime | None = None) -> Revision:
        """Commit on a branch; a branch that does not exist begins a history of its own."""
        tip = self.tip(branch)
        revision = self.loose(message, *([tip] if tip else []), at=at)
        return self.ref(f"refs/heads/{branch}", revision)

    def loose(self, message: str, *parents: Revision, at: datetime | None = None) -> Revision:
        """Write a commit that no ref reaches, as a fork's commit lies in its parent's store."""
        self._at = at or self._at + timedelta(minutes=1)
        options = [part for parent in parents for part in ("-p", parent)]
        stdin = message.encode()
        return Revision(
            self.git("commit-tree", self._tree, *options, stdin=stdin, more=self._who())
        )

    def merge(self, branch: str, other: str, *, message: str = "Merge") -> Revision:
        """Merge `other`, a branch or commit, into a branch, never by fast-forward."""
        parents = [self.tip(branch), self.tip(other)]
        merged = self.loose(message, *(parent for parent in parents if parent))
        return self.ref(f"refs/heads/{branch}", merged)

    def branch(self, name: str, revision: Revision) -> Revision:
        """Make a branch."""
        return self.ref(f"refs/heads/{name}", revision)

    def force(self, branch: str, revision: Revision) -> Revision:
        """Let a branch point at a commit, whatever it pointed at before."""
        return self.ref(f"refs/heads/{branch}", revision)

    def delete_branch(self, name: str) -> None:
        """Delete a branch."""
        self.git("update-ref", "-d", f"refs/heads/{name}")

    def tag(self, name: str, revision: Revision, *, annotated: bool = False) -> Revision:
        """Make or move a tag and return the id of what it points at: annotated, a tag object."""
        if not annotated:
            return self.ref(f"refs/tags/{name}", revision)
        self.git("tag", "--force", "-a", "-m", name, name, revision, more=self._who())
        return Revision(self.git("rev-parse", f"refs/tags/{name}"))

    def pull_request(self, number: int, revision: Revision) -> Revision:
        """Let a pull request's ref point at a commit."""
        return self.ref(f"refs/pull/{number}/head", revision)

    def ref(self, name: str, revision: Revision) -> Revision:
        """Let a ref, by full name, point at a commit."""
        self.git("update-ref", name, revision)
        return revision

    def set_default(self, branch: str) -> None:
        """Let HEAD name a branch, which need not exist."""
        self.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")

    def tip(self, name: str) -> Revision | None:
        """Return the commit at a branch, or None."""
        found = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
        return Revision(found) if found else None

    def _who(self) -> Mapping[str, str]:
        date = self._at.isoformat()
        return {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (
                ("NAME", self._author),
                ("EMAIL", "demo@example.org"),
                ("DATE", date),
            )
        }


class GitServer:
    """Serves the bare repositories below a folder over smart HTTP, by `git http-backend`.

    `url("group/project")` is the address of folder/group/project.git. `requests` are the lines of
    all requests so far, and `authorizations` the headers that came with them. With `password` every
    request needs Basic authentication.
    """

    def __init__(self, folder: Path, *, user: str = "watchdog", password: str = "") -> None:
        self.folder = folder
        self.expected = base64.b64encode(f"{user}:{password}".encode()).decode() if password else ""
        self.requests: list[str] = []
        self.authorizations: list[str] = []
        self.stopping = threading.Event()
        self._moved: dict[str, str] = {}
        self._failures: list[int] = []
        self._hangs: list[float] = []
        self._httpd = _Listener(self)
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.05,))

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._httpd.server_port}"

    def url(self, path: str) -> str:
        """Return the address of the repository at `path` below the folder, without `.git`."""
        return f"http://{self.address}/{path}.git"

    def start(self) -> "GitServer":
        """Begin to serve."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, let go whom it left hanging, and free the port."""
        self.stopping.set()
        if self._thread.is_alive():
            self._httpd.shutdown()
            self._thread.join()
        self._httpd.server_close()

    def fail_next(self, status: int, *, times: int = 1) -> None:
        """Answer the next requests with an HTTP status."""
        self._failures += [status] * times

    def hang_next(self, seconds: float, *, times: int = 1) -> None:
        """Answer the next requests late."""
        self._hangs += [seconds] * times

    def move(self, old: str, new: str) -> None:
        """Rename a repository: its old address redirects to the new one for good, as forges do."""
        (self.folder / f"{old}.git").rename(self.folder / f"{new}.git")
        self._moved[f"/{old}.git/"] = f"/{new}.git/"

    def redirect(self, path: str) -> str | None:
        """Say where a path has moved to."""
        for old, new in self._moved.items():
            if path.startswith(old):
                return new + path.removeprefix(old)
        return None

    def trouble(self) -> int:
        """Sit through what was ordered for this request; return its status if it is to fail."""
        if self._hangs:
            self.stopping.wait(self._hangs.pop(0))
        return self._failures.pop(0) if self._failures else 0


class _Listener(ThreadingHTTPServer):
    daemon_threads = False  # so that closing it joins them
    request_queue_size = 64

    def __init__(self, owner: GitServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    """Answers one request by running the CGI program, or as it was told to fail."""

    server: _Listener

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def log_message(self, *_: object) -> None:
        """Say nothing; the tests and the demo have standard error to themselves."""

    def _serve(self, body: bytes) -> None:
        owner, given = self.server.owner, self.headers.get("Authorization", "")
        owner.requests.append(f"{self.command} {self.path}")
        owner.authorizations.append(given)
        status = owner.trouble()
        if not status and owner.expected and given != f"Basic {owner.expected}":
            status = HTTPStatus.UNAUTHORIZED
        target = owner.redirect(self.path)
        if status:
            self._end(status)
        elif target:
            self._end(HTTPStatus.MOVED_PERMANENTLY, "Location", target)
        elif not owner.stopping.is_set():
            self._answer(body)

    def _end(self, status: int, name: str = "WWW-Authenticate", value: str = "Basic") -> None:
        self.send_response(status)
        self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, body: bytes) -> None:
        """Let the CGI program answer (RFC 3875, gitprotocol-http)."""
        answer = _git("http-backend", stdin=body, more=self._variables(body), check=False)
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = [line.partition(": ") for line in head.decode("latin-1").split("\r\n")]
        status = next((value for name, _, value in fields if name == "Status"), "200")
        self.send_response(int(status.split()[0]))
        for name, _, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        with contextlib.suppress(ConnectionError):  # a client that was killed while it waited
            self.end_headers()
            self.wfile.write(content)

    def _variables(self, body: bytes) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        return {
            "GIT_PROJECT_ROOT": str(self.server.owner.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": unquote(path),
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
