"""The web process as it runs: gunicorn, its workers and its signals, on a real port."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.web.conftest import SECRET
from watchdog.store import keys
from watchdog.store.connection import connect
from watchdog.store.due import DueSet
from watchdog.store.embedded import EmbeddedStore, bundled_server

POLICY = "watch:\n  - image: {image}\n    source: https://github.com/acme/app\n"
BODY = {"docker_url": "quay.io/acme/app", "updated_tags": ["latest"]}
MIB = 1024 * 1024


@dataclass
class Served:
    """A running web process, its own store, and where both write."""

    process: subprocess.Popen
    port: int
    store: EmbeddedStore
    policy: Path
    log: Path

    def hook(self, **body):
        address = f"http://127.0.0.1:{self.port}/hooks/quay"
        return requests.post(address, params={"token": SECRET}, json=BODY | body, timeout=10)

    def up(self):
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def raw(self, request):
        """Send bytes and return the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            return connection.recv(65536).split(b"\r\n")[0].decode()

    def claims(self):
        client = connect(self.store.url)
        members = [claim.member for claim in iter(DueSet(client, keys.LOOKS).claim, None)]
        client.close()
        return members

    def reload(self, policy):
        """Put another policy in place, and wait until the process has dealt with it."""
        seen = len(self.log.read_text())
        self.policy.write_text(policy)
        self.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.log.read_text()[seen:].count("Worker exiting") >= 2)
        return self.log.read_text()[seen:]


@pytest.fixture
def served(tmp_path):
    policy, log = tmp_path / "policy.yaml", tmp_path / "log"
    policy.write_text(POLICY.format(image="quay.io/acme/app"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with EmbeddedStore(tmp_path / "store", binary=bundled_server()) as store, log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.served", f"127.0.0.1:{port}", store.url, policy],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        running = Served(process, port, store, policy, log)
        try:
            eventually(running.up)
            yield running
        finally:
            process.kill() if process.poll() is None else None
            process.wait()


def eventually(fact):
    deadline = time.monotonic() + 30
    while not (found := fact()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)
    return found


@pytest.mark.e2e
def test_a_hook_makes_its_tag_due_whether_the_store_is_up_or_comes_back(served):
    answer = served.hook()
    assert (answer.status_code, answer.json()["queued"]) == (202, ["quay.io/acme/app:latest"])
    assert served.claims() == ["quay.io/acme/app:latest"]
    served.store.stop()
    for tag in ("latest", "latest", "other"):
        answer = served.hook(updated_tags=[tag])
        assert answer.status_code == 202
    assert answer.json()["ignored"] == ["quay.io/acme/app:other"]
    assert requests.get(f"http://127.0.0.1:{served.port}/readyz", timeout=10).status_code == 503
    served.store.start()
    client = connect(served.store.url)
    DueSet(client, keys.LOOKS).void_leases()
    client.close()
    assert eventually(served.claims) == ["quay.io/acme/app:latest"]


@pytest.mark.e2e
def test_a_broken_policy_is_refused_and_a_good_one_is_taken(served):
    said = served.reload("watch: nonsense")
    assert "The new policy is refused, the old one stays in force" in said
    assert served.hook().json()["queued"] == ["quay.io/acme/app:latest"]
    said = served.reload(POLICY.format(image="quay.io/acme/other"))
    assert "The policy was read again" in said
    assert served.hook().json()["ignored"] == ["quay.io/acme/app:latest"]


@pytest.mark.e2e
def test_malformed_requests_are_refused_and_no_secret_is_logged(served):
    head = (
        f"POST /hooks/quay?token={SECRET} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    ).encode()
    chunk = b"%x\r\n%b\r\n" % (2 * MIB, b" " * (2 * MIB))
    assert " 413 " in served.raw(head + chunk + b"0\r\n\r\n")
    assert " 400 " in served.raw(head + b"not-a-size\r\n\r\n")
    assert " 400 " in served.raw(f"POST /hooks/quay?token={SECRET} HTTP/1.1 x\r\n\r\n".encode())
    assert " 400 " in served.raw(f"GET / HTTP/1.1\r\nAuthorization {SECRET}\r\n\r\n".encode())
    assert " 414 " in served.raw(f"GET /?{SECRET}{'x' * 9000} HTTP/1.1\r\n\r\n".encode())
    assert served.hook().status_code == 202
    text = served.log.read_text()
    assert SECRET not in text
    assert "Traceback" not in text
    assert "Hook from quay about quay.io/acme/app" in text


@pytest.mark.e2e
def test_sigterm_ends_it_cleanly_with_its_debt_paid(served):
    served.store.stop()
    assert served.hook().json()["deferred"] == ["quay.io/acme/app:latest"]
    served.store.start()
    served.process.terminate()
    assert served.process.wait(timeout=30) == 0
    assert served.claims() == ["quay.io/acme/app:latest"]
    assert "Traceback" not in served.log.read_text()
