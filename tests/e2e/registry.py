"""Debian's `docker-registry` on a loopback port, and what is in it, byte for byte."""

import re
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.e2e.programs import eventually, free_port, program

ACCEPT = ", ".join(
    f"application/vnd.{name}+json"
    for name in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
    )
)
OURS = "e2e-tests"
CONFIG = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: false}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: "{host}"}}
"""
NOTIFICATIONS = """\
notifications:
  endpoints:
    - name: watchdog
      url: {url}
      headers: {{Authorization: ["{authorization}"]}}
      timeout: 2s
      threshold: 3
      backoff: 100ms
"""


@dataclass(frozen=True)
class Held:
    """What a tag holds."""

    digest: str
    media_type: str
    body: bytes


class DockerRegistry:
    """One registry process; `stop` and `start` keep its port and its content."""

    def __init__(self, folder):
        self._binary = program("docker-registry")
        self._folder = folder
        self.host = f"127.0.0.1:{free_port()}"
        self._process = None
        self._notifications = ""
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = OURS

    def tell(self, url, authorization):
        """Let it send hooks, once it is started: every push and pull, until it is answered 2xx."""
        self._notifications = NOTIFICATIONS.format(url=url, authorization=authorization)

    def start(self):
        config = self._folder / "config.yml"
        settings = CONFIG.format(folder=self._folder / "content", host=self.host)
        config.write_text(settings + self._notifications)
        with (self._folder / "access.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binary, "serve", str(config)], stdout=log, stderr=log
            )
        eventually(self._answers)
        return self

    def stop(self):
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(10)

    def close(self):
        self.stop()
        self.session.close()

    @contextmanager
    def hanging(self):
        """Take connections and answer none."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def held(self, tag):
        """What a tag (`HOST/PATH:NAME`) or digest (`HOST/PATH@…`) holds; None without one."""
        answer = self.session.get(self._url(tag), headers={"Accept": ACCEPT}, timeout=10)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        headers = answer.headers
        return Held(headers["Docker-Content-Digest"], headers["Content-Type"], answer.content)

    def digest(self, tag):
        held = self.held(tag)
        return held and held.digest

    def delete(self, reference):
        """Delete a manifest, by digest only (`HOST/PATH@…`)."""
        self.session.delete(self._url(reference), timeout=10).raise_for_status()

    def requests(self, path, method=r"\w+"):
        """The lines of its access log about one repository, the tests' own requests left out."""
        wanted = re.compile(rf'"{method} /v2/{re.escape(path)}/')
        lines = (self._folder / "access.log").read_text("utf-8", "replace").splitlines()
        return [line for line in lines if wanted.search(line) and OURS not in line]

    def _url(self, reference):
        path, name = re.fullmatch(r"[^/]+/([^:@]+)[:@](.+)", reference).groups()
        return f"http://{self.host}/v2/{path}/manifests/{name}"

    def _answers(self):
        try:
            return self.session.get(f"http://{self.host}/v2/", timeout=2).ok
        except requests.ConnectionError:
            return False
