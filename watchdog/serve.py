"""Everything on one machine: the private store, the web process and the worker, kept running.

Children are told to end when this process ends, whatever ends it. A child that dies is started
again; the store goes last.
"""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from types import FrameType

from watchdog.errors import WatchdogError
from watchdog.settings import Settings
from watchdog.store.embedded import EmbeddedStore
from watchdog.wiring import due_sets, store_client, store_folder, store_url

RESTART_AFTER_S = 1.0
CHILD_STOP_S = 25.0
POLL_S = 0.2
PARTS = ("web", "worker")
_PR_SET_PDEATHSIG = 1

logger = logging.getLogger(__name__)


class Supervisor:
    """Runs the parts until a signal asks for the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = None if settings.redis_url else EmbeddedStore(store_folder(settings))
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._restart_at: dict[str, float] = {}
        self._stopping = False

    def run(self) -> None:
        """Start the store and the parts and keep them running; returns after a signal.

        Raises ConfigurationError and StoreError if the store does not start.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        try:
            self._start_store()
            while not self._stopping:
                self._keep_running()
                time.sleep(POLL_S)
        finally:
            self._stop_children()
            if self._store:
                self._store.stop()

    def _start_store(self) -> None:
        """Start the private store; whoever held a lease in it is gone."""
        if self._store is None:
            return
        self._store.start()
        client = store_client(self._settings)
        for due in due_sets(client):
            due.void_leases()
        client.close()

    def _keep_running(self) -> None:
        """Start what is not there, no sooner than RESTART_AFTER_S after its end."""
        if self._store and not self._store.alive():
            logger.error("The store ended; it is started again")
            self._store.stop()
            self._restart_store()
        for part in PARTS:
            child = self._children.get(part)
            if child is None or child.poll() is not None:
                self._restart(part, child)

    def _restart_store(self) -> None:
        try:
            self._start_store()
        except WatchdogError as error:
            logger.error("The store does not start: %s", error)  # noqa: TRY400  (words suffice)
            time.sleep(RESTART_AFTER_S)

    def _restart(self, part: str, child: subprocess.Popen[bytes] | None) -> None:
        now = time.monotonic()
        if child is not None and part not in self._restart_at:
            logger.error("The %s process ended with status %s", part, child.returncode)
            self._restart_at[part] = now + RESTART_AFTER_S
        if now < self._restart_at.get(part, 0.0):
            return
        self._restart_at.pop(part, None)
        environment = {**os.environ, "REDIS_URL": store_url(self._settings)}
        environment.pop("REDIS_URL_FILE", None)
        self._children[part] = subprocess.Popen(  # noqa: S603  (our own interpreter and part)
            [sys.executable, "-m", "watchdog", part, "--policy", str(self._settings.policy)],
            env=environment,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent,  # noqa: PLW1509  (this process has no threads)
        )

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGHUP)

    def _stop_children(self) -> None:
        """Let the parts finish what they have in hand."""
        deadline = time.monotonic() + CHILD_STOP_S
        for child in self._children.values():
            child.terminate()
        for part, child in self._children.items():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("The %s process does not end; it is killed", part)
                child.kill()
                child.wait()


def _end_with_parent() -> None:
    """Ask the kernel to end this child when its parent ends (Linux; elsewhere it lives on)."""
    # The terminal's Ctrl-C reaches the whole group: only the supervisor answers it.
    os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
