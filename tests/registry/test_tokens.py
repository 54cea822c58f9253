"""Whose token goes where: identity tokens, and tokens of one registry that another wants."""

import json
from urllib.parse import parse_qs

import pytest

from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import HARBOR, ZOT
from watchdog.demo.registry_http import Answer
from watchdog.errors import DeniedError
from watchdog.registry.credentials import AuthFile, Credentials
from watchdog.registry.login import Login

IDENTITY = Login("", "", "1dent1ty")


def known(host, login=IDENTITY):
    return Credentials((AuthFile({host: login}),))


@pytest.fixture
def harbor():
    with RegistrySimulator(habits=HARBOR) as simulator:
        yield simulator


def test_an_identity_token_is_exchanged_for_a_token(harbor, make_client, image):
    harbor.require_token("alice", "1dent1ty", actions=("pull",), expires_in=300)
    tag = harbor.tag("acme/app")
    digest = harbor.push(image(), tag)
    client = make_client(harbor.host, credentials=known(harbor.host))
    assert client.digest(tag) == digest
    assert client.digest(tag) == digest
    assert [each for each in harbor.requests if each[1] == "/service/token"] == [
        ("POST", "/service/token")
    ]


def test_an_identity_token_that_is_worthless_is_denied_and_not_shown(harbor, make_client):
    harbor.require_token("alice", "another")
    client = make_client(harbor.host, credentials=known(harbor.host))
    with pytest.raises(DeniedError, match="with an identity token") as caught:
        client.digest(harbor.tag("acme/app"))
    assert "1dent1ty" not in str(caught.value)


def test_an_identity_token_stands_in_the_body_alone(serve, make_client, tag_of):
    asked = []

    def answer(request):
        asked.append(request)
        if request.path == "/token":
            return Answer(200, {}, json.dumps({"access_token": "t0k3n"}).encode())
        if "Authorization" not in request.headers:
            realm = f'Bearer realm="http://{host}/token?x=1",service="s"'
            return Answer(401, {"WWW-Authenticate": realm})
        return Answer(200, {"Docker-Content-Digest": "sha256:" + "0" * 64})

    host = serve(answer)
    make_client(host, credentials=known(host)).digest(tag_of(host))
    token_request = asked[1]
    assert token_request.query == {"x": "1"}
    assert "Authorization" not in token_request.headers
    assert parse_qs(token_request.body.decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["registry-watchdog"],
        "service": ["s"],
        "scope": ["repository:acme/app:pull"],
        "refresh_token": ["1dent1ty"],
    }


def test_an_identity_token_is_no_password(make_client):
    with RegistrySimulator(habits=ZOT) as zot:
        zot.require_token("alice", "1dent1ty")
        client = make_client(zot.host, credentials=known(zot.host))
        with pytest.raises(DeniedError, match="wants a user and a password"):
            client.digest(zot.tag("acme/app"))


def test_a_token_goes_to_the_registry_that_it_was_made_for_alone(serve, make_client, tag_of):
    """Another registry names the same token endpoint, and must not get what that gave before."""
    seen = {}

    def registry(name):
        def answer(request):
            if request.path == "/token":
                as_whom = "us" if "Authorization" in request.headers else "nobody"
                body = {"token": f"for-{as_whom}", "expires_in": 300}
                return Answer(200, {}, json.dumps(body).encode())
            if "Authorization" not in request.headers:
                realm = f'Bearer realm="http://{good}/token",service="s"'
                return Answer(401, {"WWW-Authenticate": realm})
            seen[name] = request.headers["Authorization"]
            return Answer(200, {"Docker-Content-Digest": "sha256:" + "0" * 64})

        return answer

    good, evil = serve(registry("good")), serve(registry("evil"))
    client = make_client(good, evil, credentials=known(good, Login("alice", "secret")))
    client.digest(tag_of(good))
    client.digest(tag_of(evil))
    assert seen == {"good": "Bearer for-us", "evil": "Bearer for-nobody"}


def test_each_repository_has_a_token_of_its_own(harbor, make_client, image):
    harbor.require_token("alice", "secret", expires_in=300)
    client = make_client(harbor.host, credentials=known(harbor.host, Login("alice", "secret")))
    for path in ("acme/app", "acme/other", "acme/app"):
        harbor.push(image(), harbor.tag(path))
        client.digest(harbor.tag(path))
    assert [path for _, path in harbor.requests].count("/service/token") == 2


def test_a_token_that_expired_is_replaced(harbor, make_client, image):
    harbor.require_token("alice", "secret", expires_in=300)
    tag = harbor.tag("acme/app")
    digest = harbor.push(image(), tag)
    client = make_client(harbor.host, credentials=known(harbor.host, Login("alice", "secret")))
    client.digest(tag)
    harbor.revoke_tokens()
    assert client.digest(tag) == digest
    assert [path for _, path in harbor.requests].count("/service/token") == 2


def test_a_token_endpoint_may_be_on_another_host(serve, make_client, tag_of):
    """With TLS, as at Docker Hub and GitLab; the login goes there."""
    asked = []

    def office(request):
        asked.append(request.headers.get("Authorization"))
        return Answer(200, {}, b'{"token": "t0k3n"}')

    def registry(request):
        if request.headers.get("Authorization") == "Bearer t0k3n":
            return Answer(200, {"Docker-Content-Digest": "sha256:" + "0" * 64})
        return Answer(401, {"WWW-Authenticate": f'Bearer realm="https://{other}/token"'})

    other, host = serve(office, tls=True), serve(registry, tls=True)
    login = Login("alice", "secret")
    make_client(credentials=known(host, login)).digest(tag_of(host))
    assert asked == [login.basic]
