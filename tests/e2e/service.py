"""The product as a user starts it: `python -m watchdog …` with a policy file and an environment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import requests
import yaml

from tests.e2e.programs import eventually, free_port
from watchdog.demo.receiver import MATRIX_TOKEN, ROOM

SECRET = "a-secret-that-quay-knows"
STOP_S = 40.0


class Service:
    """One data folder, one policy file and the processes that work with them."""

    def __init__(self, folder, policy, *, receiver=None, part="serve", **settings):
        self.folder = folder
        self.part = part
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.policy = folder / "watchdog.yaml"
        self.write_policy(policy)
        (folder / "auth.json").write_text('{"auths": {}}')
        self._settings = {
            "WATCHDOG_DATA": str(folder / "data"),
            "WATCHDOG_LISTEN": f"127.0.0.1:{self.port}",
            "WATCHDOG_LOOK_EVERY": "1s",
            "WATCHDOG_HOOK_SECRET": SECRET,
            "REGISTRY_AUTH_FILE": str(folder / "auth.json"),
            **(_channels(receiver) if receiver else {}),
            **settings,
        }
        self.process = None
        self._log_file = folder / "watchdog.log"
        self._log_from = 0
        self.session = requests.Session()
        self.session.trust_env = False
        # At its end the web part waits 2 s for what else a connection may bring.
        self.session.headers["Connection"] = "close"

    @classmethod
    def beside(cls, other):
        """Another one with the data of the first, on a port of its own."""
        folder = other.folder / "beside"
        folder.mkdir()
        data = {"WATCHDOG_DATA": other.environment["WATCHDOG_DATA"]}
        return cls(folder, other.policy.read_text(), **data)

    def write_policy(self, policy):
        """Write the policy file: text as it is, else as YAML."""
        text = policy if isinstance(policy, str) else yaml.safe_dump(policy, sort_keys=False)
        self.policy.write_text(text)

    @property
    def environment(self):
        """What its processes get: nothing that configures a watchdog of this machine."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WATCHDOG_", "REDIS_URL")) and "proxy" not in name.lower()
        }
        return kept | self._settings

    def start(self):
        """Start it and wait until it is ready, if it has a web part."""
        with self._log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "watchdog", self.part, "--policy", str(self.policy)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        if self.part != "worker":
            eventually(self._ready_or_ended, within_s=30)
            assert self.process.poll() is None, self.log
        return self

    def stop(self):
        """End it as an init system does; returns the exit status."""
        self.process.terminate()
        return self.process.wait(STOP_S)

    def close(self):
        """End whatever is left, for the end of a test."""
        try:
            if self.process and self.process.poll() is None:
                self.stop()
        finally:
            self.session.close()

    def run(self, *arguments):
        """Run another command with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "watchdog", *arguments],
            env=self.environment | {"WATCHDOG_POLICY": str(self.policy)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def log(self):
        """What its processes logged since the test began."""
        return self._log_file.read_bytes()[self._log_from :].decode("utf-8", "replace")

    def begin(self, policy):
        """Be as a new test expects it: running, with this policy file and an empty log."""
        self.write_policy(policy)
        self._log_from = self._log_file.stat().st_size if self._log_file.exists() else 0
        if self.process is None or self.process.poll() is not None:
            self.start()

    def hook(self, app, *tags):
        """Tell it of a push, word for word as Quay does."""
        namespace, _, name = app.path.partition("/")
        body = {
            "repository": app.path,
            "namespace": namespace,
            "name": name,
            "docker_url": app.repository,
            "homepage": f"http://{app.registry.host}/repository/{app.path}",
            "updated_tags": list(tags or ("latest",)),
        }
        url = f"{self.url}/hooks/quay?token={SECRET}"
        return self.session.post(url, json=body, timeout=10)

    def announce(self, app, *tags):
        answer = self.hook(app, *tags)
        assert answer.status_code == 202, answer.text

    def get(self, path, **query):
        return self.session.get(f"{self.url}{path}", params=query, timeout=10)

    def tag(self, reference):
        """What the API says of a tag; {} where it does not know it."""
        answer = self.get("/api/v1/tags")
        rows = answer.json() if answer.ok else ()
        return next((row for row in rows if row["tag"] == reference), {})

    def history(self, reference):
        """A tag's moves, oldest first, as (event, codes, digest)."""
        answer = self.get("/api/v1/history", tag=reference, limit=200)
        rows = answer.json() if answer.ok else []
        return [
            (row["event"], *(f["code"] for f in row["findings"]), row["digest"])
            for row in reversed(rows)
        ]

    def answers(self):
        """Tell whether its web part answers."""
        try:
            return self.get("/healthz").ok
        except requests.ConnectionError:
            return False

    def looks_at(self, app):
        """Wait until an app's tag is being looked at."""
        eventually(lambda: self.tag(app.tag)["next_look_at"], lambda at: at is None)

    def judged(self, app, *codes, digest=None):
        """Wait until the newest row of an app's history has these codes; returns what it is now."""
        wanted = (*codes, digest or app.digest)
        eventually(lambda: [row[1:] for row in self.history(app.tag)[-1:]], [wanted].__eq__)
        return self.tag(app.tag)

    def children(self):
        """The processes that it started, by what they are."""
        return {_role(Path("/proc", pid)): int(pid) for pid in _children_of(self.process.pid)}

    def descendants(self):
        """All processes below it, by id."""
        found = [str(self.process.pid)]
        for pid in found:
            found += _children_of(pid)
        return {int(pid) for pid in found[1:]}

    def kill(self, role):
        """Kill one of its processes as the kernel would, for want of memory."""
        pid = self.children()[role]
        os.kill(pid, signal.SIGKILL)
        return pid

    def _ready_or_ended(self):
        try:
            return self.process.poll() is not None or self.get("/readyz").ok
        except requests.ConnectionError:
            return False


def alive(pid):
    """Tell whether a process runs (a zombie does not)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _children_of(pid):
    """The children of a process, whichever of its threads started them."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [child for task in tasks for child in task.read_text().split()]


def _role(process):
    words = (process / "cmdline").read_bytes().split(b"\0")
    return next((part for part in ("web", "worker") if part.encode() in words), "store")


def _channels(receiver):
    return {
        "WATCHDOG_SLACK_WEBHOOK_URL": receiver.slack_url,
        "WATCHDOG_MATRIX_HOMESERVER": receiver.address,
        "WATCHDOG_MATRIX_ACCESS_TOKEN": MATRIX_TOKEN,
        "WATCHDOG_MATRIX_ROOM": ROOM,
        "WATCHDOG_ALERT_WEBHOOK_URL": receiver.webhook_url,
    }
