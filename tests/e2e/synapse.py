"""Matrix Synapse in a virtual environment of its own, and what its rooms hold.

`python -m tests.e2e.synapse` installs it, once a machine; the tests do so too where nobody did.
"""

import base64
import fcntl
import hashlib
import hmac
import os
import secrets
import shutil
import subprocess
import sys
import venv
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import yaml

from tests.e2e.programs import eventually, free_port

VERSION = "1.163.2"
INSTALL_S = 600
START_S = 40.0
SHARED_SECRET = "only this machine"
DOMAIN = "watchdog.test"
# A user without a limit of its own may send so much; what is over it waits.
MESSAGES_PER_S, MESSAGES_AT_ONCE = 4, 3
PLENTY = {"per_second": 1000, "burst_count": 1000}


class NotInstalledError(Exception):
    """Synapse could not be installed here."""


def installed():
    """The Python that has Synapse; the test is skipped by name without, and fails in CI."""
    try:
        return install()
    except NotInstalledError as error:
        missing = f"matrix-synapse {VERSION} is not installed: {error}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)


def install():
    """Make the environment unless it is there; returns its Python. Raises NotInstalledError."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "registry-watchdog"
    folder = cache / f"synapse-{VERSION}-{sys.implementation.cache_tag}"
    ready, python = folder / ".ready", folder / "bin" / "python"
    with _alone(cache):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            _pip(python)
            ready.touch()
    return python


@contextmanager
def _alone(cache):
    """Let one process at a time install."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pip(python):
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        done = subprocess.run(
            [*command, f"matrix-synapse=={VERSION}"],
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"pip took more than {INSTALL_S} s") from error
    if done.returncode:
        raise NotInstalledError((done.stderr.strip().splitlines() or ["pip failed"])[-1])


class Synapse:
    """One homeserver on loopback, with sqlite and no federation."""

    def __init__(self, folder):
        self._python = installed()
        self._folder = folder
        self._config = folder / "homeserver.yaml"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._config.write_text(yaml.safe_dump(self._settings()))
        key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        (folder / "signing.key").write_text(f"ed25519 a_key {key}\n")
        self._process = None
        self.session = requests.Session()
        self.session.trust_env = False

    def _settings(self):
        loopback = {"port": self.port, "bind_addresses": ["127.0.0.1"], "type": "http"}
        return {
            "server_name": DOMAIN,
            "listeners": [{**loopback, "resources": [{"names": ["client"]}]}],
            "database": {"name": "sqlite3", "args": {"database": str(self._folder / "db")}},
            "media_store_path": str(self._folder / "media"),
            "signing_key_path": str(self._folder / "signing.key"),
            "registration_shared_secret": SHARED_SECRET,
            "macaroon_secret_key": secrets.token_hex(),
            "form_secret": secrets.token_hex(),
            "report_stats": False,
            "trusted_key_servers": [],
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "rc_message": {"per_second": MESSAGES_PER_S, "burst_count": MESSAGES_AT_ONCE},
            "rc_joins": {"local": PLENTY, "remote": PLENTY},
            "rc_joins_per_room": PLENTY,
            "rc_room_creation": PLENTY,
            "rc_admin_redaction": PLENTY,
        }

    def start(self):
        """Start it, and wait until it answers."""
        with (self._folder / "synapse.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._python, "-m", "synapse.app.homeserver", "-c", self._config],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        eventually(self._answers_or_ended, within_s=START_S)
        assert self._process.poll() is None, (self._folder / "synapse.log").read_text()[-4000:]
        return self

    def stop(self):
        """End it; `start` goes on with what it kept."""
        self._process.terminate()
        self._process.wait(20)

    def close(self):
        """End it for good."""
        self.stop()
        self.session.close()

    def user(self, name, *, admin=False):
        """Register a user by the shared secret (Synapse's admin API); returns a `User`."""
        path = f"{self.url}/_synapse/admin/v1/register"
        nonce = self.session.get(path, timeout=10).json()["nonce"]
        password = secrets.token_hex()
        kind = "admin" if admin else "notadmin"
        signed = f"{nonce}\0{name}\0{password}\0{kind}".encode()
        mac = hmac.new(SHARED_SECRET.encode(), signed, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        answer = self.session.post(path, json=body, timeout=10)
        answer.raise_for_status()
        return User(self, answer.json()["access_token"], f"@{name}:{DOMAIN}")

    def _answers_or_ended(self):
        try:
            answer = self.session.get(f"{self.url}/_matrix/client/versions", timeout=2)
        except requests.ConnectionError:
            return self._process.poll() is not None
        return answer.ok


class User:
    """Somebody with an account, who looks at rooms."""

    def __init__(self, synapse, token, name):
        self._synapse = synapse
        self.token = token
        self.name = name

    def ask(self, method, path, body=None):
        """Use the client-server API, or with a leading `/` any other of the server."""
        base = self._synapse.url + ("" if path.startswith("/") else "/_matrix/client/v3/")
        answer = self._synapse.session.request(
            method,
            base + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def unlimited(self, other):
        """Let another user send as much as it likes."""
        path = f"/_synapse/admin/v1/users/{quote(other.name)}/override_ratelimit"
        self.ask("POST", path, {"messages_per_second": 0, "burst_count": 0})

    def room(self, **more):
        """Make a room that anybody may join; returns its id."""
        return self.ask("POST", "createRoom", {"preset": "public_chat", **more})["room_id"]

    def join(self, room):
        """Join a room by its id or alias."""
        self.ask("POST", f"join/{quote(room)}", {})

    def event(self, room, event):
        """Read one event, as a client does."""
        return self.ask("GET", f"rooms/{quote(room)}/event/{quote(event)}")

    def messages(self, room):
        """Every message event of a room that is no edit, oldest first."""
        path = f"rooms/{quote(room)}/messages?dir=f&limit=1000"
        return [
            each
            for each in self.ask("GET", path)["chunk"]
            if each["type"] == "m.room.message" and "m.new_content" not in each["content"]
        ]

    def edits(self, room, event):
        """Every edit of an event that the server knows, newest first."""
        path = f"rooms/{quote(room)}/relations/{quote(event)}/m.replace"
        return self.ask("GET", f"/_matrix/client/v1/{path}")["chunk"]

    def thread(self, room, event):
        """What stands in the thread beneath an event, newest first."""
        path = f"rooms/{quote(room)}/relations/{quote(event)}/m.thread"
        return self.ask("GET", f"/_matrix/client/v1/{path}")["chunk"]

    def remove(self, room, event):
        """Remove ("redact") an event."""
        self.ask("PUT", f"rooms/{quote(room)}/redact/{quote(event)}/{secrets.token_hex(4)}", {})


def main():
    """Install it; where that fails, say so, and fail in CI only."""
    try:
        install()
    except NotInstalledError as error:
        sys.stderr.write(f"matrix-synapse is not installed, so its tests are not run: {error}\n")
        sys.exit(os.environ.get("CI") == "true")


if __name__ == "__main__":
    main()
