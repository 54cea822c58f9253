import pytest

from watchdog.core.oci import ACCEPT


def token(http, simulator, scope, auth=None):
    answer = http.get(f"http://{simulator.host}/v2/auth", params={"scope": scope}, auth=auth)
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['token']}", "Accept": ACCEPT}


def test_tokens_are_asked_for_as_quay_does(simulator, http, read, image, url):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    simulator.require_token("acme+ci", "secret", actions=("pull",))
    refused = read(simulator)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == (
        f'Bearer realm="http://{simulator.host}/v2/auth",service="{simulator.host}",'
        'scope="repository:acme/app:pull"'
    )
    manifest, robot = url(simulator, "manifests/latest"), ("acme+ci", "secret")
    own = token(http, simulator, "repository:acme/app:pull", robot)
    assert http.get(manifest, headers=own).status_code == 200
    assert http.put(manifest, headers=own).status_code == 401
    # Without rights: a token that is worth nothing, not a refusal.
    nobody = token(http, simulator, "repository:acme/app:pull")
    assert http.get(manifest, headers=nobody).status_code == 401
    other = token(http, simulator, "repository:acme/other:pull", robot)
    assert http.get(manifest, headers=other).status_code == 401
    simulator.revoke_tokens()
    assert http.get(manifest, headers=own).status_code == 401


@pytest.mark.parametrize("auth", [("acme+ci", "wrong"), ("bob", ""), ("", "")])
def test_a_wrong_password_gets_no_token(simulator, http, auth):
    simulator.require_token("acme+ci", "secret")
    answer = http.get(f"http://{simulator.host}/v2/auth", auth=auth)
    assert answer.status_code == 401
