"""The git processes under way, so that a stop need not wait for a server that hangs."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator


class Running:
    """Processes that lead a group of their own; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    @contextlib.contextmanager
    def including(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Count a process in until the block ends; after a stop it is killed at once."""
        with self._lock:
            self._processes.add(process)
            if self._stopped:
                _kill(process)
        try:
            yield
        finally:
            with self._lock:
                self._processes.discard(process)

    def stop(self) -> None:
        """Kill every process and its children, now and from now on."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    # Once it has a status its id may mean another.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
