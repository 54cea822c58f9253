"""Credential helpers of docker and podman: programs that keep the secrets which no file should.

Protocol: docker/docker-credential-helpers, README.md: `docker-credential-NAME get`, the server on
standard input, JSON or a few words on standard output.
"""

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping

from watchdog.core.document import decode_json
from watchdog.errors import DeniedError, MalformedError, RemoteError
from watchdog.registry.login import Login

HELPER_TIMEOUT_S = 5.0
ANSWER_MAX_BYTES = 64 * 1024
KEPT_S = 300.0
"""Helpers hand out passwords that live for an hour or more; asking one costs a process."""
_CHUNK_BYTES = 8192
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NOTHING = re.compile(rb"credentials not found|no credentials", re.IGNORECASE)
_IDENTITY = "<token>"
# What a helper has no business with.
_OURS = ("WATCHDOG_", "REDIS_URL")


class Keychain:
    """Asks credential helpers, and remembers for a while what they said; thread safe."""

    def __init__(self, environ: Mapping[str, str], *, timeout_s: float = HELPER_TIMEOUT_S) -> None:
        self._environ = {k: v for k, v in environ.items() if not k.startswith(_OURS)}
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Login | None]] = {}

    def login(self, helper: str, server: str) -> Login | None:
        """Ask a helper for the login at a server; None where it has none.

        Raises DeniedError (there is no such helper, it failed), RemoteError (it took too long;
        retryable) and MalformedError.
        """
        now = time.monotonic()
        with self._lock:
            asked_at, login = self._known.get((helper, server), (float("-inf"), None))
        if now - asked_at < KEPT_S:
            return login
        login = self._ask(helper, server)
        with self._lock:
            self._known[helper, server] = now, login
        return login

    def forget(self, server: str) -> None:
        """Ask again next time: what was said of a server was refused there."""
        with self._lock:
            self._known = {key: value for key, value in self._known.items() if key[1] != server}

    def _ask(self, helper: str, server: str) -> Login | None:
        about = f"asking docker-credential-{helper[:80]} for the login at {server}"
        program = (
            shutil.which(f"docker-credential-{helper}", path=self._environ.get("PATH", os.defpath))
            if _NAME.fullmatch(helper)
            else None
        )
        if program is None:
            raise DeniedError(
                f"{about}: there is no such program on the PATH; install it, or take it out of "
                "`credHelpers` or `credsStore`"
            )
        status, answer = self._run(program, server, about)
        if status == 0:
            return _read(answer, about)
        if _NOTHING.search(answer):
            return None
        raise DeniedError(f"{about}: it failed with exit status {status}; run it by hand")

    def _run(self, program: str, server: str, about: str) -> tuple[int, bytes]:
        """Run a helper; when its time is over, end it and all that it started."""
        try:
            process = subprocess.Popen(  # noqa: S603  (a program of the operator's own PATH, no shell)
                [program, "get"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                start_new_session=True,
            )
        except OSError as error:
            raise DeniedError(f"{about}: it cannot be run ({error.strerror})") from error
        with process:
            try:
                deadline = time.monotonic() + self._timeout_s
                answer = _exchange(process, f"{server}\n".encode(), deadline)
                return process.wait(max(deadline - time.monotonic(), 0.0)), answer
            except (TimeoutError, subprocess.TimeoutExpired):
                raise RemoteError(
                    f"{about}: it gave no answer within {self._timeout_s:g} s", retryable=True
                ) from None
            except OverflowError:
                raise MalformedError(f"{about}: it said more than a login") from None
            finally:
                # Once it has a status its id may mean another.
                if process.returncode is None:
                    os.killpg(process.pid, signal.SIGKILL)


def _exchange(process: subprocess.Popen[bytes], question: bytes, deadline: float) -> bytes:
    """Write the question and read the answer; raises TimeoutError and OverflowError."""
    if process.stdin is None or process.stdout is None:  # Defensive: both are pipes.
        return b""
    with contextlib.suppress(BrokenPipeError), process.stdin:
        process.stdin.write(question)
    answer = b""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while len(answer) <= ANSWER_MAX_BYTES:
            if not ready.select(max(deadline - time.monotonic(), 0.0)):
                raise TimeoutError
            chunk = os.read(process.stdout.fileno(), _CHUNK_BYTES)
            if not chunk:
                return answer
            answer += chunk
    raise OverflowError


def _read(answer: bytes, about: str) -> Login | None:
    document = decode_json(answer, f"{about}: its answer")
    user, secret = document.get("Username"), document.get("Secret")
    if not isinstance(user, str) or not isinstance(secret, str):
        raise MalformedError(f"{about}: its answer holds no user and no secret")
    if not secret:
        return None
    return Login("", "", secret) if user == _IDENTITY else Login(user, secret)
