import base64
import json

import pytest

from watchdog.core.reference import Repository
from watchdog.errors import ConfigurationError
from watchdog.registry.credentials import FILE_MAX_BYTES, AuthFile, Credentials
from watchdog.registry.login import Login


def write(path, **logins):
    path.parent.mkdir(parents=True, exist_ok=True)
    auths = {
        key: {"auth": base64.b64encode(text.encode()).decode()} for key, text in logins.items()
    }
    path.write_text(json.dumps({"auths": auths}))
    return path


def found(environ, name="quay.io/acme/app"):
    login = Credentials.load(environ).find(Repository.parse(name))
    return login and (login.user, login.password)


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("XDG_RUNTIME_DIR", "containers/auth.json"),
        ("XDG_CONFIG_HOME", "containers/auth.json"),
        ("HOME", ".config/containers/auth.json"),
        ("DOCKER_CONFIG", "config.json"),
        ("HOME", ".docker/config.json"),
    ],
)
def test_where_credentials_are_found(tmp_path, variable, path):
    write(tmp_path / path, **{"quay.io": "alice:secret"})
    assert found({variable: str(tmp_path)}) == ("alice", "secret")


def test_a_named_file_is_the_only_one_read(tmp_path):
    write(tmp_path / "run/containers/auth.json", **{"quay.io": "alice:secret"})
    named = write(tmp_path / "auth.json", **{"ghcr.io": "bob:secret"})
    environ = {"REGISTRY_AUTH_FILE": str(named), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    assert found(environ) is None
    assert found(environ, "ghcr.io/acme/app") == ("bob", "secret")


def test_podmans_file_goes_before_dockers_and_dockers_fills_the_gaps(tmp_path):
    write(tmp_path / ".config/containers/auth.json", **{"quay.io": "podman:1"})
    write(tmp_path / ".docker/config.json", **{"quay.io": "docker:2", "ghcr.io": "docker:3"})
    environ = {"HOME": str(tmp_path)}
    assert found(environ) == ("podman", "1")
    assert found(environ, "ghcr.io/acme/app") == ("docker", "3")


def test_without_any_file_there_is_no_login(tmp_path):
    assert found({"HOME": str(tmp_path)}) is None
    assert found({}) is None


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("quay.io/acme/app", "repository"),
        ("quay.io/acme/app/part", "repository"),
        ("quay.io/acme/application", "namespace"),
        ("quay.io/other/app", "host"),
        ("quay.io:8443/acme/app", None),
    ],
)
def test_the_longest_prefix_in_whole_components_wins(tmp_path, name, user):
    path = write(
        tmp_path / "auth.json",
        **{
            "quay.io": "host:x",
            "quay.io/acme": "namespace:x",
            "quay.io/acme/app": "repository:x",
        },
    )
    login = found({"REGISTRY_AUTH_FILE": str(path)}, name)
    assert (login and login[0]) == user


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("https://quay.io/v1/", "quay.io/acme/app"),
        ("https://index.docker.io/v1/", "docker.io/library/busybox"),
        ("docker.io", "registry-1.docker.io/library/busybox"),
        ("quay.io/acme/", "quay.io/acme/app"),
    ],
)
def test_keys_as_docker_writes_them(tmp_path, key, name):
    path = write(tmp_path / "auth.json", **{key: "alice:secret"})
    assert found({"REGISTRY_AUTH_FILE": str(path)}, name) == ("alice", "secret")


def test_a_password_may_hold_colons_and_docker_may_pad_it(tmp_path):
    path = write(tmp_path / "auth.json", **{"quay.io": "acme+ci:a:b:c\0\0"})
    assert found({"REGISTRY_AUTH_FILE": str(path)}) == ("acme+ci", "a:b:c")


@pytest.mark.parametrize(
    "text",
    ["{}", '{"auths": null}', '{"auths": {"quay.io": {}}}', '{"auths": {"quay.io": {"auth": ""}}}'],
)
def test_what_a_helper_leaves_behind_is_no_login(tmp_path, text):
    path = tmp_path / "auth.json"
    path.write_text(text)
    assert found({"REGISTRY_AUTH_FILE": str(path)}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"auths": []}'.replace("[]", "[1]"),
        '{"auths": "x"}',
        '{"auths": {"quay.io": {"auth": "c2VjcmV0"}}}',
        '{"auths": {"quay.io": {"auth": "c2VjcmV0!!!"}}}',
        '{"auths": {"quay.io": {"auth": "c2VjcmV0/w=="}}}',
        '{"auths": {"quay.io": {"auth": 7}}}',
        '{"auths": {"quay.io": {"identitytoken": ["c2VjcmV0"]}}}',
        '{"credHelpers": ["c2VjcmV0"]}',
        '{"credHelpers": {"quay.io": 7}}',
        '{"credsStore": 7}',
    ],
)
def test_a_file_that_cannot_be_used_is_named_without_its_secrets(tmp_path, text):
    path = tmp_path / "auth.json"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=str(path)) as caught:
        found({"REGISTRY_AUTH_FILE": str(path)})
    assert "c2VjcmV0" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_identity_token_goes_before_the_user(tmp_path):
    path = tmp_path / "auth.json"
    entry = {"auth": base64.b64encode(b"00000000-0000:").decode(), "identitytoken": "1d"}
    path.write_text(json.dumps({"auths": {"quay.io": entry}}))
    credentials = Credentials.load({"REGISTRY_AUTH_FILE": str(path)})
    assert credentials.find(Repository.parse("quay.io/acme/app")) == Login("", "", "1d")


def test_a_file_without_end_is_cut_off(tmp_path):
    path = tmp_path / "auth.json"
    path.write_text('{"auths": {}}' + " " * FILE_MAX_BYTES)
    assert found({"REGISTRY_AUTH_FILE": str(path)}) is None


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigurationError, match="absent"):
        found({"REGISTRY_AUTH_FILE": str(tmp_path / "absent.json")})


def test_no_representation_shows_a_secret():
    credentials = Credentials((AuthFile({"quay.io": Login("alice", "secret")}),))
    assert "secret" not in f"{credentials!r} {Login('alice', 'secret', 'secret')!r}"
