"""GitHub's API and its blob store in one process, over TLS: what it keeps of attestations."""

import json
import ssl

import cramjam

from watchdog.core.source import Source
from watchdog.demo.registry_http import Answer, Server
from watchdog.forge import ask_forge
from watchdog.registry.exchange import HostSettings
from watchdog.registry.transport import Transport

SECRET = "sig=s3cret"


def compressed(content):
    return bytes(cramjam.snappy.compress_raw(content))


class Forge:
    """A list of attestations, and a store that some of them point to; `asked` is what it was."""

    def __init__(self, stack, authority, folder):
        self.authority, self.ca_file = authority, folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self.entries, self.kept, self.status, self.asked = [], {}, 200, []
        self.stack = stack
        self.api, self.store = self._serve(self._list), self._serve(self._blob)
        settings = HostSettings(ca_file=self.ca_file)
        self.transport = Transport({self.api: settings, self.store: settings})
        stack.callback(self.transport.close)

    def _serve(self, answer):
        server = Server(("127.0.0.1", 0), answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.start()
        self.stack.callback(server.stop)
        return f"127.0.0.1:{server.server_port}"

    def _list(self, request):
        self.asked.append(request)
        body = json.dumps({"attestations": self.entries}).encode()
        return Answer(self.status, {"Content-Type": "application/json"}, body)

    def _blob(self, request):
        self.asked.append(request)
        return self.kept.get(request.path, Answer(404))

    def keep(self, answer):
        """Keep an attestation in the store: its bundle, or another answer in its place."""
        path = f"/attestations/{len(self.entries) + 1}.json.sn"
        if isinstance(answer, bytes):
            answer = Answer(200, {"Content-Type": "application/x-snappy"}, compressed(answer))
        self.kept[path] = answer
        self.point_to(f"https://{self.store}{path}?{SECRET}")

    def point_to(self, url):
        self.entries.append({"bundle": None, "bundle_url": url, "initiator": "user"})

    def ask(self, source, digest):
        """Ask for what a repository of that path attested, as the product asks GitHub."""
        github = Source("github.com", source.path)
        return ask_forge(self.transport, github, digest, api=f"https://{self.api}")

    @property
    def paths(self):
        return [request.path for request in self.asked]
