"""Git over HTTP that can be made to hang."""

import threading
from contextlib import contextmanager

from watchdog.demo.git import GitServer


class GitHost(GitServer):
    """A git server; `hung` counts the requests that it left hanging."""

    def __init__(self, folder):
        super().__init__(folder)
        self.hung = 0
        self._open = threading.Event()
        self._open.set()

    @contextmanager
    def hanging(self):
        """Take requests and answer none."""
        self.hung = 0
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def trouble(self):
        if not self._open.is_set():
            self.hung += 1
            self._open.wait()
        return super().trouble()

    def stop(self):
        self._open.set()
        super().stop()
