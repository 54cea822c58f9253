import json
import logging

import pytest

from watchdog.demo.registry_http import Answer
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.credentials import AuthFile, Credentials
from watchdog.registry.login import Login

TOKEN_PATH = "/v2/auth"


@pytest.fixture
def make_logged_in(simulator, make_client):
    def make(user="acme+ci", password="secret"):
        return make_client(
            simulator.host,
            credentials=Credentials((AuthFile({simulator.host: Login(user, password)}),)),
        )

    return make


@pytest.fixture
def tag(simulator, image):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    return tag


def paths(simulator):
    return [path for _, path in simulator.requests]


def test_a_challenge_is_answered_with_a_token(simulator, make_logged_in, tag, image):
    simulator.require_token("acme+ci", "secret")
    assert make_logged_in().digest(tag) == image().digest
    manifest = "/v2/acme/app/manifests/latest"
    assert paths(simulator) == [manifest, TOKEN_PATH, manifest]


def test_a_token_is_used_until_it_expires(simulator, make_logged_in, tag):
    simulator.require_token("acme+ci", "secret", expires_in=300)
    client = make_logged_in()
    client.digest(tag)
    simulator.requests.clear()
    client.observe(tag)
    client.digest(tag)
    assert TOKEN_PATH not in paths(simulator)
    assert len(simulator.requests) == 3


def test_a_token_without_a_life_lives_a_minute(simulator, make_logged_in, tag):
    simulator.require_token("acme+ci", "secret")
    client = make_logged_in()
    client.digest(tag)
    client.digest(tag)
    assert paths(simulator).count(TOKEN_PATH) == 1


def test_a_token_is_renewed_before_it_expires_and_without_another_refusal(
    simulator, make_logged_in, tag
):
    simulator.require_token("acme+ci", "secret", expires_in=5)
    client = make_logged_in()
    client.digest(tag)
    simulator.requests.clear()
    client.digest(tag)
    assert paths(simulator) == [TOKEN_PATH, "/v2/acme/app/manifests/latest"]


def test_a_token_that_was_revoked_is_replaced(simulator, make_logged_in, tag, image):
    simulator.require_token("acme+ci", "secret", expires_in=300)
    client = make_logged_in()
    client.digest(tag)
    simulator.revoke_tokens()
    assert client.digest(tag) == image().digest


def test_reading_and_writing_have_tokens_of_their_own(simulator, make_logged_in, tag, image):
    simulator.require_token("acme+ci", "secret", expires_in=300)
    client = make_logged_in()
    client.digest(tag)
    client.put_manifest(tag.repository, "again", image().manifest)
    assert paths(simulator).count(TOKEN_PATH) == 2
    assert simulator.digest(simulator.tag("acme/app", "again")) == image().digest


def test_a_token_without_rights_is_a_denial_and_no_loop(simulator, make_logged_in, tag, image):
    simulator.require_token("acme+ci", "secret", actions=("pull",))
    client = make_logged_in()
    with pytest.raises(DeniedError, match=r"answered 401 .*as 'acme\+ci'"):
        client.put_manifest(tag.repository, "latest", image().manifest)
    manifest = "/v2/acme/app/manifests/latest"
    assert paths(simulator) == [manifest, TOKEN_PATH, manifest]


def test_rights_that_were_given_later_are_noticed(simulator, make_logged_in, tag, image):
    simulator.require_token("acme+ci", "secret", actions=(), expires_in=300)
    client = make_logged_in()
    with pytest.raises(DeniedError):
        client.digest(tag)
    simulator.require_token("acme+ci", "secret", expires_in=300)
    assert client.digest(tag) == image().digest


def test_without_a_login_a_token_is_asked_for_anonymously(simulator, client, tag):
    simulator.require_token("acme+ci", "secret")
    with pytest.raises(DeniedError, match="REGISTRY_AUTH_FILE"):
        client.digest(tag)
    assert paths(simulator).count(TOKEN_PATH) == 1


def test_a_wrong_password_is_a_denial_that_names_the_user_alone(
    simulator, make_logged_in, tag, caplog
):
    simulator.require_token("acme+ci", "secret")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DeniedError, match="'acme\\+ci'") as caught:
        make_logged_in(password="wrong-pass").digest(tag)
    assert "wrong-pass" not in str(caught.value)
    assert Login("acme+ci", "wrong-pass").basic not in caplog.text
    assert len(simulator.requests) == 2


def test_a_token_endpoint_in_trouble_is_retryable(simulator, make_logged_in, tag):
    simulator.require_token("acme+ci", "secret", expires_in=5)
    client = make_logged_in()
    client.digest(tag)
    simulator.fail_next(503)
    with pytest.raises(RemoteError, match="asking for a token") as caught:
        client.digest(tag)
    assert caught.value.retryable


def test_a_missing_token_endpoint_never_reads_as_a_missing_tag(simulator, make_logged_in, tag):
    simulator.require_token("acme+ci", "secret", expires_in=5)
    client = make_logged_in()
    client.digest(tag)
    simulator.fail_next(404)
    with pytest.raises(RemoteError) as caught:
        client.digest(tag)
    assert not isinstance(caught.value, NotFoundError)


# Other registries' habits


@pytest.fixture
def registry(serve, make_client, tag_of):
    """Start a registry that challenges, and return how to ask it for a digest."""

    def start(challenge, token=None, *, tls=False, login=True):
        asked = []

        def answer(request):
            asked.append(request)
            if request.path == "/token":
                return Answer(200, {}, json.dumps(token).encode())
            if "Authorization" not in request.headers:
                said = {} if challenge is None else {"WWW-Authenticate": challenge}
                return Answer(401, {k: v.replace("HOST", host) for k, v in said.items()})
            return Answer(200, {"Docker-Content-Digest": "sha256:" + "0" * 64})

        host = serve(answer, tls=tls)
        known = Credentials((AuthFile({host: Login("alice", "secret")}),) if login else ())
        client = make_client(*([] if tls else [host]), credentials=known)
        return lambda: (client.digest(tag_of(host)), asked)[1]

    return start


def test_an_access_token_is_as_good_as_a_token(registry):
    ask = registry(
        'Bearer realm="http://HOST/token?x=1",service="a service",scope="other"',
        {"access_token": "t0k3n", "expires_in": 300},
    )
    _, token_request, last = ask()
    assert token_request.query == {
        "x": "1",
        "service": "a service",
        "scope": "repository:acme/app:pull",
    }
    assert token_request.headers["Authorization"] == Login("alice", "secret").basic
    assert last.headers["Authorization"] == "Bearer t0k3n"


def test_basic_is_answered_and_remembered(registry):
    ask = registry('Basic realm="x"')
    assert len(ask()) == 2
    assert len(ask()) == 3


def test_basic_without_a_login_is_denied(registry):
    with pytest.raises(DeniedError, match="there is none"):
        registry('Basic realm="x"', login=False)()


@pytest.mark.parametrize("challenge", [None, "", "Negotiate", 'Digest realm="x"', "Bearer"])
def test_a_challenge_that_we_cannot_answer_is_a_denial(registry, challenge):
    with pytest.raises(DeniedError, match="answered 401"):
        registry(challenge)()


@pytest.mark.parametrize(
    "token",
    [{}, {"token": ""}, {"token": 1}, {"token": "a\nb"}, {"token": "a b"}, [], {"token": None}],
)
def test_an_answer_without_a_usable_token_is_malformed(registry, token):
    with pytest.raises(MalformedError, match=r"acme/app:latest \(asking for a token\)"):
        registry('Bearer realm="http://HOST/token"', token)()


@pytest.mark.parametrize("realm", ["", "/token", "ftp://x/", "https://[", "https://u@example.org/"])
def test_a_realm_that_is_no_url_is_malformed(registry, realm):
    with pytest.raises(MalformedError, match="names no token endpoint"):
        registry(f'Bearer realm="{realm}"')()


def test_a_registry_with_tls_gets_no_token_without_it(registry, serve):
    asked = []
    other = serve(lambda request: asked.append(request) or Answer(200, {}, b'{"token":"x"}'))
    with pytest.raises(DeniedError, match="without TLS"):
        registry(f'Bearer realm="http://{other}/token"', tls=True, login=False)()
    assert asked == []


def test_a_login_never_goes_to_another_host_without_tls(registry, serve):
    asked = []
    other = serve(lambda request: asked.append(request) or Answer(200, {}, b'{"token":"x"}'))
    realm = f"http://localhost:{other.rpartition(':')[2]}/token"
    with pytest.raises(DeniedError, match="without TLS"):
        registry(f'Bearer realm="{realm}"')()
    assert asked == []
    assert registry(f'Bearer realm="{realm}"', login=False)()
    assert "Authorization" not in asked[0].headers


def test_a_challenge_of_another_host_is_not_answered(serve, make_client, tag_of):
    asked = []

    def elsewhere(request):
        asked.append(request)
        return Answer(401, {"WWW-Authenticate": "Basic realm=x"})

    other = serve(elsewhere, tls=True)
    host = serve(lambda _: Answer(302, {"Location": f"https://{other}/"}), tls=True)
    known = Credentials((AuthFile({host: Login("a", "b"), other: Login("c", "d")}),))
    with pytest.raises(DeniedError):
        make_client(credentials=known).digest(tag_of(host))
    assert len(asked) == 1
