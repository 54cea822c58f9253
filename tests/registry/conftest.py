"""Servers on loopback for the real client: the simulator, scripted answers, raw sockets, TLS."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from watchdog.core.reference import Repository, Tag
from watchdog.demo.images import AMD64, build_image, build_layer
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_http import Answer, Asked, Server
from watchdog.errors import RemoteError
from watchdog.registry.client import RegistryClient
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.transport import Transport


@pytest.fixture
def simulator() -> Iterator[RegistrySimulator]:
    with RegistrySimulator() as running:
        yield running


@pytest.fixture
def make_client(tls_hosts) -> Iterator[Callable[..., RegistryClient]]:
    """Make clients that reach the hosts given in plain HTTP, and close them."""
    with contextlib.ExitStack() as stack:

        def make(*plain_hosts, credentials=None, transport=None, **options):
            hosts = {host: HostSettings(plain_http=True) for host in plain_hosts} | tls_hosts
            client = RegistryClient(
                Transport(hosts, **(transport or {})), credentials or Credentials(), **options
            )
            stack.callback(client.close)
            return client

        yield make


@pytest.fixture
def client(simulator, make_client) -> RegistryClient:
    return make_client(simulator.host)


@pytest.fixture
def tls_hosts() -> dict[str, HostSettings]:
    return {}


@pytest.fixture
def serve(tmp_path: Path, tls_hosts) -> Iterator[Callable[..., str]]:
    """Answer every request with what a function says; returns the host."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with contextlib.ExitStack() as stack:

        def start(answer: Callable[[Asked], Answer], *, tls: bool = False) -> str:
            server = Server(("127.0.0.1", 0), answer)
            host = f"127.0.0.1:{server.server_port}"
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                authority.issue_cert("127.0.0.1").configure_cert(context)
                server.socket = context.wrap_socket(server.socket, server_side=True)
                tls_hosts[host] = HostSettings(ca_file=tmp_path / "ca.pem")
            server.start()
            stack.callback(server.stop)
            return host

        yield start


@pytest.fixture
def raw_server() -> Iterator[Callable[..., str]]:
    """Talk to each connection with a function of (socket, stopping event); returns the host."""
    stopping = threading.Event()
    with contextlib.ExitStack() as stack:

        def start(talk: Callable[[socket.socket, threading.Event], None]) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def accept() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        connection, _ = listener.accept()
                        with connection, contextlib.suppress(OSError):
                            connection.recv(65536)
                            talk(connection, stopping)

            thread = threading.Thread(target=accept)
            thread.start()
            stack.callback(thread.join)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return f"127.0.0.1:{listener.getsockname()[1]}"

        try:
            yield start
        finally:
            stopping.set()


@pytest.fixture
def image():
    """Build an image whose label `n` tells it from others."""

    def build(n: object = 1, platform=AMD64, annotations=None):
        return build_image(
            {"n": str(n)},
            created=datetime(2026, 5, 18, 4, 30, tzinfo=UTC),
            layers=[build_layer({"n": str(n).encode()})],
            platform=platform,
            annotations=annotations,
        )

    return build


def a_tag(host: str) -> Tag:
    return Tag(Repository(host, "acme/app"), "latest")


@pytest.fixture
def tag_of():
    return a_tag


@pytest.fixture
def failing():
    """Look at acme/app:latest, which fails with an error that names it; returns the error."""

    def look(client, tag, error=RemoteError):
        with pytest.raises(error) as caught:
            client.observe(tag)
        assert "acme/app:latest" in str(caught.value)
        return caught.value

    return look
