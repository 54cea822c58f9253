"""The watchdog itself, as `watchdog serve` runs it: started, asked over HTTP, and ended.

It gets an environment of its own: nothing that is set for a watchdog on this machine reaches it.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
import yaml

from watchdog.demo.receiver import MATRIX_TOKEN, ROOM
from watchdog.demo.world import IMAGE, World
from watchdog.errors import ConfigurationError, WatchdogError
from watchdog.settings import Listen

LOOK_EVERY = "1s"
MAX_LAG = "2s"
READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 40.0
ASK_TIMEOUT_S = 5.0
POLL_S = 0.05
LOG_TAIL_LINES = 20
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (compared, never bound)


class ProductError(WatchdogError):
    """The watchdog did not start, or ended early."""


class Product:
    """A running watchdog; what it says is read from its API, as any user would."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self._process, self._log = process, log
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands before loopback
        self.url = url

    def alive(self) -> bool:
        """Tell whether its process runs."""
        return self._process.poll() is None

    def tag(self, reference: str) -> Mapping[str, Any] | None:
        """Read what it says of a tag; None where it says nothing (yet)."""
        rows = self._ask("/api/v1/tags") or []
        return next((row for row in rows if row["tag"] == reference), None)

    def history(self, reference: str) -> list[dict[str, Any]]:
        """Read a tag's moves, newest first."""
        query = urlencode({"tag": reference})
        rows: list[dict[str, Any]] = self._ask(f"/api/v1/history?{query}") or []
        return rows

    def wait_until_ready(self) -> None:
        """Wait until web and store answer; raises ProductError with the end of its log."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self._ask("/readyz") is None:
            if not self.alive() or time.monotonic() > deadline:
                raise ProductError(f"the watchdog did not start; its log ends:\n{self.log_tail()}")
            time.sleep(POLL_S)

    def log_tail(self) -> str:
        """Return the last lines that its processes logged."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])

    def stop(self) -> None:
        """End it and everything that it started."""
        self._session.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # Defensive: its children end with it, and the store at its next start.
            self._process.kill()
            self._process.wait()

    def _ask(self, path: str) -> Any:
        """Read a JSON answer; None where there is none, or not 200."""
        try:
            answer = self._session.get(f"{self.url}{path}", timeout=ASK_TIMEOUT_S)
            return answer.json() if answer.ok else None
        except requests.RequestException:
            return None


@contextmanager
def running_product(folder: Path, world: World, listen: Listen) -> Iterator[Product]:
    """Run the watchdog on this world, its data in `folder`, and let the registry send it hooks.

    Raises ConfigurationError if the address is taken, ProductError if it does not start.
    """
    check_free(listen)
    secret = secrets.token_urlsafe(24)
    url = f"http://{Listen(_ANY_ADDRESS.get(listen.host, listen.host), listen.port)}"
    policy, log = folder / "watchdog.yaml", folder / "watchdog.log"
    policy.write_text(yaml.safe_dump(_policy(world), sort_keys=False))
    auth = folder / "auth.json"
    auth.write_text(json.dumps({"auths": {}}))
    settings = {
        "WATCHDOG_DATA": str(folder / "data"),
        "WATCHDOG_HOOK_SECRET": secret,
        "WATCHDOG_LISTEN": str(listen),
        "WATCHDOG_BASE_URL": url,
        "WATCHDOG_LOOK_EVERY": LOOK_EVERY,
        "WATCHDOG_SLACK_WEBHOOK_URL": world.receiver.slack_url,
        "WATCHDOG_MATRIX_HOMESERVER": world.receiver.address,
        "WATCHDOG_MATRIX_ACCESS_TOKEN": MATRIX_TOKEN,
        "WATCHDOG_MATRIX_ROOM": ROOM,
        "WATCHDOG_ALERT_WEBHOOK_URL": world.receiver.webhook_url,
        "REGISTRY_AUTH_FILE": str(auth),
    }
    product = Product(_start(policy, log, settings), url, log)
    try:
        product.wait_until_ready()
        world.registry.hook_url = f"{url}/hooks/quay?{urlencode({'token': secret})}"
        yield product
    finally:
        world.registry.hook_url = None
        product.stop()


def check_free(listen: Listen) -> None:
    """Raise ConfigurationError unless the address can be listened on."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {listen}: {error.strerror}; give another address with "
                "`watchdog demo --listen HOST:PORT` or `make demo ARGS='--listen HOST:PORT'`"
            ) from error


def _policy(world: World) -> dict[str, object]:
    """Write the policy as an operator would: one image, one source, put back what is wrong."""
    return {
        "registries": {
            # The registry is our own, and minds no haste.
            world.registry.host: {"plain_http": "true", "kind": "quay", "requests_per_s": 100},
        },
        "watch": [
            {
                "image": str(world.tag.repository),
                "source": world.git.url(IMAGE),
                "enforce": "revert",
                "max_lag": MAX_LAG,
                # A week that is told in seconds: nothing of it is to be summed up.
                "flapping": {"changes": 1000},
            }
        ],
    }


def _start(policy: Path, log: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start `watchdog serve` in a group of its own: the terminal's Ctrl-C is ours to answer."""
    kept = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and program, no shell)
            [sys.executable, "-m", "watchdog", "serve", "--policy", str(policy)],
            env={**kept, **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )


def _is_foreign(name: str) -> bool:
    """Tell whether a variable configures a watchdog, or sends loopback through a proxy."""
    return name.startswith(("WATCHDOG_", "REDIS_URL")) or name.lower().endswith("_proxy")
