import traceback

import pytest

from watchdog.core.oci import OCI_MANIFEST
from watchdog.demo.registry_http import Answer
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.connection import is_public
from watchdog.registry.credentials import AuthFile, Credentials
from watchdog.registry.login import Login


def redirect(location, status=307):
    return lambda _: Answer(status, {"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_keeps_the_authorization(
    serve, make_client, tag_of, image, status
):
    seen = []

    def answer(request):
        seen.append(request.headers.get("Authorization"))
        if seen[-1] is None:
            return Answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
        if request.path != "/elsewhere":
            return Answer(status, {"Location": "/elsewhere"})
        return Answer(200, {"Docker-Content-Digest": str(image().digest)})

    host = serve(answer)
    login = Login("alice", "secret")
    client = make_client(host, credentials=Credentials((AuthFile({host: login}),)))
    assert client.digest(tag_of(host)) == image().digest
    assert seen == [None, login.basic, login.basic]


def test_a_redirect_to_another_host_goes_without_authorization(serve, make_client, tag_of, image):
    seen = []

    def elsewhere(request):
        seen.append(dict(request.headers.items()))
        return Answer(200, {"Content-Type": OCI_MANIFEST}, image().manifest.body)

    other = serve(elsewhere, tls=True)

    def answer(request):
        if "Authorization" not in request.headers:
            return Answer(401, {"WWW-Authenticate": "Basic realm=x"})
        return Answer(302, {"Location": f"https://{other}/signed?X-Signature=secret"})

    host = serve(answer, tls=True)
    login = Credentials((AuthFile({host: Login("alice", "secret")}),))
    client = make_client(credentials=login)
    assert client.digest(tag_of(host)) == image().digest
    assert seen
    assert all("Authorization" not in headers for headers in seen)


def test_three_redirects_are_followed_and_no_more(serve, make_client, tag_of, image, failing):
    def answer(request):
        hop = int(request.query.get("hop", 0))
        if hop == int(request.query.get("of", 9)):
            return Answer(200, {"Docker-Content-Digest": str(image().digest)})
        return Answer(302, {"Location": f"/hop?hop={hop + 1}&of={of}"})

    host = serve(answer)
    client = make_client(host)
    of = 3
    assert client.digest(tag_of(host)) == image().digest
    of = 4
    assert "more than 3 times" in str(failing(client, tag_of(host)))


def test_a_write_is_not_redirected(serve, make_client, tag_of, image):
    asked = []

    def answer(request):
        asked.append(request.path)
        return Answer(307, {"Location": "/elsewhere"})

    host = serve(answer)
    with pytest.raises(RemoteError, match="answered 307"):
        make_client(host).put_manifest(tag_of(host).repository, "latest", image().manifest)
    assert len(asked) == 1


def test_a_redirect_without_tls_is_not_followed(serve, make_client, tag_of, failing):
    asked = []
    other = serve(lambda request: asked.append(request.path) or Answer(200))
    host = serve(redirect(f"http://{other}/"), tls=True)
    assert "without TLS" in str(failing(make_client(), tag_of(host)))
    assert asked == []


def test_a_plain_registry_may_not_send_us_to_another_plain_host(
    serve, make_client, tag_of, failing
):
    host = serve(redirect("http://localhost:1/"))
    assert "without TLS" in str(failing(make_client(host), tag_of(host)))


@pytest.mark.parametrize(
    "location",
    ["", "ftp://example.com/", "https://", "https://[::1/", "https://a:b/", "https://a@b.example/"],
)
def test_a_redirect_to_nowhere_is_malformed(serve, make_client, tag_of, location, failing):
    host = serve(redirect(location))
    failing(make_client(host), tag_of(host), MalformedError)


def test_the_body_of_a_redirect_is_not_read_without_limit(raw_server, make_client, tag_of, failing):
    def talk(connection, stopping):
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n")
        connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        while not stopping.is_set():
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    host = raw_server(talk)
    assert "more than 3 times" in str(failing(make_client(host), tag_of(host)))


def test_no_error_shows_the_query_of_a_redirect(serve, make_client, tag_of, failing):
    host = serve(redirect("https://127.0.0.1:1/blob?X-Signature=secret"))
    error = failing(make_client(host), tag_of(host))
    assert "secret" not in "".join(traceback.format_exception(error))


# Private addresses: the registry's name is known to a proxy alone, so it counts as public.


@pytest.fixture
def public_registry(serve, monkeypatch):
    def start(answer):
        monkeypatch.setenv("http_proxy", f"http://{serve(answer)}")
        monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
        return "registry.invalid"

    return start


def test_a_public_registry_may_not_send_us_to_a_private_address(
    public_registry, make_client, tag_of, failing
):
    host = public_registry(redirect("https://169.254.169.254/latest/meta-data"))
    error = failing(make_client(host), tag_of(host))
    assert "the private address 169.254.169.254" in str(error)
    assert not error.retryable


def test_a_public_registry_may_not_send_us_to_a_name_of_a_private_address(
    public_registry, serve, make_client, tag_of
):
    asked = []
    other = serve(lambda request: asked.append(request.path) or Answer(200), tls=True)
    host = public_registry(redirect(f"https://localhost:{other.rpartition(':')[2]}/"))
    with pytest.raises(RemoteError, match="localhost has a private address"):
        make_client(host).observe(tag_of(host))
    assert asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:100.64.0.1", False),
        ("::ffff:8.8.8.8", True),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public
