"""A simulated Quay's distribution API where it is Quay's own: tokens, and what is not accepted."""

from datetime import UTC, datetime

import pytest

from tests.demo.quay_asking import Asking
from watchdog.core.oci import ACCEPT, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from watchdog.demo.images import ARM64, build_image, build_index
from watchdog.demo.quay.claims import claims_of
from watchdog.demo.quay.schema1 import SCHEMA_1


@pytest.fixture
def quay(simulator):
    simulator.account("acme+ci", "robot")
    simulator.quay.grant("WRITE", scope="repo:write", person="alice")
    simulator.quay.grant("READ", scope="repo:read")
    simulator.quay.grant("ADMIN", scope="repo:admin")
    return simulator


@pytest.fixture
def enter(quay, http):
    """Ask for a token for acme/app; returns the header, and what the token says."""

    def ask(auth=None, scope="repository:acme/app:pull,push"):
        answer = http.get(f"http://{quay.host}/v2/auth", params={"scope": scope}, auth=auth)
        token = answer.json()["token"]
        return {"Authorization": f"Bearer {token}", "Accept": ACCEPT}, claims_of(token)

    return ask


def actions(claims):
    return claims["access"][0]["actions"]


def test_the_door_is_closed_to_nobody_in_particular(quay, http):
    refused = http.get(f"http://{quay.host}/v2/")
    assert (refused.status_code, refused.text) == (401, "true")
    realm = f'Bearer realm="http://{quay.host}/v2/auth",service="{quay.host}"'
    assert refused.headers["WWW-Authenticate"] == realm


def test_what_is_public_is_read_without_a_token_and_pushed_with_one(quay, tag, enter, image, http):
    quay.push(image(), tag)
    address = f"http://{quay.host}/v2/acme/app/manifests/latest"
    body = image().manifest.body
    typed = {"Content-Type": OCI_MANIFEST}
    assert http.get(address, headers={"Accept": ACCEPT}).status_code == 200
    assert http.put(address, data=body, headers=typed).status_code == 401
    robot, claims = enter(("acme+ci", "robot"))
    assert (claims["sub"], actions(claims)) == ("acme+ci", ["push", "pull"])
    put = http.put(address, data=body, headers=robot | typed)
    assert (put.status_code, put.text) == (201, "OK")


def test_what_is_private_is_read_with_a_token_only(quay, tag, enter, image, http):
    quay.push(image(), tag)
    quay.quay.create("acme/app", public=False)
    nobody, claims = enter()
    assert (claims["sub"], actions(claims)) == ("(anonymous)", [])
    address = f"http://{quay.host}/v2/acme/app/manifests/latest"
    assert http.get(address).status_code == 401
    assert http.get(address, headers=nobody).status_code == 401
    assert http.get(address, headers=enter(("acme+ci", "robot"))[0]).status_code == 200


def test_an_oauth_token_is_a_person_s_password(quay, tag, enter, image, http):
    quay.push(image(), tag)
    assert actions(enter(("$oauthtoken", "READ"))[1]) == ["pull"]
    person, claims = enter(("$oauthtoken", "WRITE"))
    assert (claims["sub"], actions(claims)) == ("alice", ["push", "pull"])
    http.delete(f"http://{quay.host}/v2/acme/app/manifests/latest", headers=person)
    deleted, _ = Asking(quay, "ADMIN")("GET", "logs").json()["logs"]
    assert deleted["performer"]["name"] == "alice"
    assert deleted["metadata"]["digest"] == "latest"
    assert deleted["metadata"]["oauth_token_application"] == "watchdog"


@pytest.mark.parametrize("auth", [("acme+ci", "wrong"), ("$oauthtoken", "unknown")])
def test_a_wrong_password_is_refused(quay, http, auth):
    answer = http.get(f"http://{quay.host}/v2/auth", auth=auth)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "UNAUTHORIZED")


def test_a_repository_that_is_not_there_gives_a_token_without_rights(enter):
    _, claims = enter(("acme+ci", "robot"), "repository:acme/nope:pull")
    assert actions(claims) == []


def test_junk_is_no_token_even_where_none_is_needed(quay, tag, image, http):
    quay.push(image(), tag)
    address = f"http://{quay.host}/v2/acme/app/manifests/latest"
    answer = http.get(address, headers={"Authorization": "Bearer junk"})
    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid bearer token format"})


@pytest.mark.parametrize(
    ("accept", "kind"),
    [(ACCEPT, OCI_INDEX), (OCI_MANIFEST, OCI_MANIFEST), (DOCKER_MANIFEST, SCHEMA_1)],
)
def test_an_index_becomes_what_the_client_accepts(quay, image, read, accept, kind):
    created = datetime(2026, 1, 1, tzinfo=UTC)
    other = build_image({"n": "arm"}, created=created, layers=[b"arm"], platform=ARM64)
    quay.push(build_index([other, image()]), quay.tag("acme/app"))
    answer = read(quay, accept=accept)
    assert answer.headers["Content-Type"] == kind
    if kind == OCI_MANIFEST:
        assert answer.headers["Docker-Content-Digest"] == str(image().digest)
    if kind == SCHEMA_1:
        assert (answer.json()["name"], answer.json()["tag"]) == ("acme/app", "latest")
