"""Running git: without a shell, in a clean environment, within limits of time and output.

A failure becomes one of the product's errors; which question to ask is left to `mirror`.
"""

import contextlib
import os
import re
import selectors
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchdog.core.step import Observer, Step
from watchdog.errors import ConfigurationError, DeniedError, NotFoundError, RemoteError
from watchdog.history.running import Running

FETCH_TIMEOUT_S = 120.0
QUERY_TIMEOUT_S = 30.0
OUTPUT_MAX_BYTES = 64 * 1024 * 1024
ERROR_KEPT_BYTES = 16 * 1024
DETAIL_MAX_CHARS = 300

# What ssh, TLS and a proxy need. Everything else, all of GIT_* above all, stays outside.
_KEPT = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
]
_SET = {
    "GIT_ALLOW_PROTOCOL": "http:https:ssh:git",
    "GIT_ASKPASS": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_DEFAULT_REF_FORMAT": "files",  # `clone` reads HEAD and writes config as files
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    # A git that outlives its parent has to end by itself, or it holds the mirror's lock for ever.
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oServerAliveInterval=15 -oServerAliveCountMax=4",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_OPTIONS = [
    "protocol.version=2",
    "http.followRedirects=initial",
    "http.lowSpeedLimit=1",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.hooksPath=/dev/null",
    "credential.helper=",
]

_USERINFO = re.compile(r"//[^/\s@]*@")
_DENIED = re.compile(
    r"Authentication failed|could not read (?:Username|Password)|returned error: 40[13]\b"
    r"|Permission denied|Host key verification failed|access denied",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"repository .*not found|returned error: (?:404|410)\b|does not appear to be a git repository",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a git process left: exit status (negative: the signal that ended it) and its words."""

    status: int
    out: str
    err: str

    def detail(self) -> str:
        """Return what git itself complained of, in one short line without anybody's userinfo."""
        own = [line for line in self.err.splitlines() if line.startswith(("fatal:", "error:"))]
        text = "; ".join(own[-3:]) or f"git ended with status {self.status}"
        text = _USERINFO.sub("//", text)
        return re.sub(r"[^ -~]+", " ", text)[:DETAIL_MAX_CHARS]


@dataclass(frozen=True, slots=True)
class Git:
    """The git program with the credentials it may use: a file in git's credential-store format.

    An observer is told each command that ended by itself, without its options.
    """

    credentials: Path | None = None
    observer: Observer | None = None
    running: Running = field(default_factory=Running, compare=False)

    def run(
        self,
        *arguments: str,
        doing: str,
        folder: Path | None = None,
        stdin: bytes = b"",
        limit_s: float = QUERY_TIMEOUT_S,
        held: int | None = None,
    ) -> Outcome:
        """Run git on the bare repository `folder`; `doing` is for messages.

        `stdin` is small; `held` is the descriptor of a lock that git is to hold as well. Raises
        RemoteError when git takes too long or says too much, which kills its whole process group,
        and ConfigurationError where there is no git.
        """
        command = ["git", *self._options(limit_s)]
        command += [f"--git-dir={folder}"] if folder else []
        began = time.monotonic()
        try:
            # No shell; arguments are ours or guarded by `--` and `--end-of-options`.
            process = subprocess.Popen(  # noqa: S603
                [*command, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
                pass_fds=() if held is None else (held,),
            )
        except FileNotFoundError as error:
            raise ConfigurationError("git is not installed: there is no `git` in PATH") from error
        except OSError as error:
            message = f"{doing}: git could not be started: {error.strerror}"
            raise RemoteError(message, retryable=True) from error
        with (
            process,
            self.running.including(process),
            _whole_group(process, f"{doing}: git was killed after {limit_s:g} s"),
        ):
            out, err = _converse(process, stdin, time.monotonic() + limit_s)
        self._tell(arguments, process.returncode, len(out), time.monotonic() - began)
        return Outcome(process.returncode, _text(out), _text(err[-ERROR_KEPT_BYTES:]))

    def _tell(self, arguments: tuple[str, ...], status: int, size: int, took_s: float) -> None:
        if self.observer:
            shown = _USERINFO.sub("//", " ".join(arguments))
            self.observer(Step("git", shown, f"status {status}", size, took_s * 1000))

    def _options(self, limit_s: float) -> list[str]:
        options = [*_OPTIONS, f"http.lowSpeedTime={max(1, round(limit_s))}"]
        if self.credentials:
            # Not `store --file=…` itself: on one refusal it would erase the line from the file.
            file = shlex.quote(str(self.credentials))
            options.append(
                f"credential.helper=!f() {{ git credential-store --file={file} get; }}; f"
            )
        return [part for option in options for part in ("-c", option)]


def failure(doing: str, outcome: Outcome) -> RemoteError:
    """Say what a failed git that talked to a server means to a caller."""
    if _DENIED.search(outcome.err):
        return DeniedError(
            f"{doing}: the server wants credentials or refuses ours (is there a line for this host"
            f" in the git credentials file, and is the address right?): {outcome.detail()}"
        )
    if _MISSING.search(outcome.err):
        return NotFoundError(f"{doing}: the server has no such repository: {outcome.detail()}")
    return RemoteError(f"{doing} failed: {outcome.detail()}", retryable=True)


def check_git() -> None:
    """Make sure that git is there and fetches no missing object by itself when told not to.

    The probe offers a promisor remote whose upload-pack leaves a mark when it is called. Gits
    before 2.45 ignore GIT_NO_LAZY_FETCH unless their distribution has mended it, so a version
    number proves nothing. Raises ConfigurationError.
    """
    with tempfile.TemporaryDirectory(prefix="watchdog-git-") as temporary:
        folder, mark = Path(temporary) / "probe.git", Path(temporary) / "called"
        made = Git().run(
            "init", "--quiet", "--bare", "--template=", "--", str(folder), doing="probing git"
        )
        with (folder / "config").open("a") as config:
            config.write(
                '[extensions]\n\tpartialClone = probe\n[remote "probe"]\n\tpromisor = true\n'
                f'\turl = {folder}\n\tuploadpack = "touch {shlex.quote(str(mark))};"\n'
                '[protocol "file"]\n\tallow = always\n[core]\n\trepositoryFormatVersion = 1\n'
            )
        environment = _environment()
        del environment["GIT_ALLOW_PROTOCOL"]
        # No shell; git comes from PATH like everywhere else here.
        subprocess.run(  # noqa: S603
            ["git", f"--git-dir={folder}", "cat-file", "-e", "f" * 40],  # noqa: S607
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=QUERY_TIMEOUT_S,
            check=False,
        )
        if made.status != 0 or mark.exists():
            raise ConfigurationError(
                "this git does not honour GIT_NO_LAZY_FETCH, so it would take a stranger's commit"
                " for one of the source: install git 2.45 or later, or one with that change"
            )


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | _SET


def _text(read: bytes) -> str:
    # A backslash cannot stand in a ref's name, so nothing can pass for another ref this way.
    return read.decode("utf-8", "backslashreplace")


@contextlib.contextmanager
def _whole_group(process: subprocess.Popen[bytes], late: str) -> Iterator[None]:
    """Kill the process and its children if the block fails, and say so if it was for lateness."""
    try:
        yield
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if isinstance(error, (TimeoutError, subprocess.TimeoutExpired)):
            raise RemoteError(late, retryable=True) from error
        raise


def _converse(
    process: subprocess.Popen[bytes], stdin: bytes, deadline: float
) -> tuple[bytes, bytes]:
    """Give the process its input and read all it says until the deadline (monotonic)."""
    if not (process.stdin and process.stdout and process.stderr):  # Defensive: all are pipes
        raise AssertionError
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(stdin)
        process.stdin.close()
    out, err = bytearray(), bytearray()
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ, out)
        waiting.register(process.stderr, selectors.EVENT_READ, err)
        while waiting.get_map():
            ready = waiting.select(max(0.0, deadline - time.monotonic()))
            if not ready or time.monotonic() > deadline:
                raise TimeoutError
            for key, _ in ready:
                if not (chunk := os.read(key.fd, 65536)):
                    waiting.unregister(key.fileobj)
                key.data.extend(chunk)
            if len(out) + len(err) > OUTPUT_MAX_BYTES:
                raise RemoteError(f"git said over {OUTPUT_MAX_BYTES} bytes", retryable=True)
    process.wait(max(0.1, deadline - time.monotonic()))
    return bytes(out), bytes(err)
