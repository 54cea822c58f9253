"""Credential helpers: real programs, good and bad."""

import json
import os
import select
import sys

import pytest

from watchdog.core.reference import Repository
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import QUAY, ZOT
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.credentials import Credentials
from watchdog.registry.keychain import ANSWER_MAX_BYTES, Keychain
from watchdog.registry.login import Login

ANSWER = 'print(json.dumps({"ServerURL": server, "Username": "alice", "Secret": "s3cret"}))'


@pytest.fixture
def environ(tmp_path):
    (tmp_path / "bin").mkdir()
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(tmp_path)}


@pytest.fixture
def helper(tmp_path, environ):
    """Install a credential helper that does this; it notes what it was asked."""

    def install(does=ANSWER, name="test"):
        program = tmp_path / "bin" / f"docker-credential-{name}"
        program.write_text(
            f"#!{sys.executable}\nimport json, os, subprocess, sys, time\n"
            f"server = sys.stdin.read().strip()\n"
            f"open({str(tmp_path / 'asked')!r}, 'a').write(f'{{sys.argv[1:]}} {{server}}\\n')\n"
            f"{does}\n"
        )
        program.chmod(0o755)
        return Keychain(environ)

    return install


@pytest.fixture
def asked(tmp_path):
    return lambda: (tmp_path / "asked").read_text().splitlines()


def test_a_helper_is_asked_for_one_server(helper, asked):
    assert helper().login("test", "quay.io") == Login("alice", "s3cret")
    assert asked() == ["['get'] quay.io"]


def test_what_it_said_is_remembered_until_it_was_refused(helper, asked):
    keychain = helper()
    keychain.login("test", "quay.io")
    keychain.login("test", "quay.io")
    assert len(asked()) == 1
    keychain.forget("ghcr.io")
    keychain.login("test", "quay.io")
    assert len(asked()) == 1
    keychain.forget("quay.io")
    keychain.login("test", "quay.io")
    assert len(asked()) == 2


def test_an_identity_token_is_told_from_a_password(helper):
    keychain = helper('print(json.dumps({"Username": "<token>", "Secret": "1d"}))')
    assert keychain.login("test", "quay.io") == Login("", "", "1d")


@pytest.mark.parametrize(
    "does",
    [
        'sys.exit("x") if print("credentials not found in native keychain") else sys.exit(1)',
        'print("no credentials server URL"); sys.exit(1)',
        'print(json.dumps({"Username": "", "Secret": ""}))',
    ],
)
def test_a_helper_may_have_no_login(helper, does):
    assert helper(does).login("test", "quay.io") is None


def test_a_helper_that_fails_is_named_without_what_it_said(helper):
    keychain = helper('print("s3cret"); print("s3cret", file=sys.stderr); sys.exit(3)')
    with pytest.raises(DeniedError, match=r"docker-credential-test .* status 3") as caught:
        keychain.login("test", "quay.io")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "does", ['print("s3cret")', 'print("[]")', 'print(json.dumps({"Username": "a"}))', "pass"]
)
def test_an_answer_that_is_none_is_malformed_and_not_shown(helper, does):
    with pytest.raises(MalformedError, match="docker-credential-test") as caught:
        helper(does).login("test", "quay.io")
    assert "s3cret" not in str(caught.value)


def test_an_answer_without_end_is_cut_off(helper):
    keychain = helper(f'sys.stdout.write("x" * {ANSWER_MAX_BYTES + 1}); time.sleep(60)')
    with pytest.raises(MalformedError, match="more than a login"):
        keychain.login("test", "quay.io")


@pytest.mark.parametrize(
    "does",
    ["time.sleep(60)", "sys.stdout.close(); os.close(1); time.sleep(60)"],
    ids=["silent", "silent-and-closed"],
)
def test_a_helper_that_hangs_is_ended(helper, environ, does):
    helper(does)
    with pytest.raises(RemoteError, match=r"no answer within 0\.3 s") as caught:
        Keychain(environ, timeout_s=0.3).login("test", "quay.io")
    assert caught.value.retryable


def test_what_a_helper_leaves_running_is_ended_too(helper, environ, tmp_path):
    # The child holds the pipe's other end, until it is killed.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    helper(f"subprocess.Popen('exec sleep 60 3> {pipe}', shell=True)")
    with pytest.raises(RemoteError):
        Keychain(environ, timeout_s=1.0).login("test", "quay.io")
    assert select.select([reader], [], [], 30.0)[0]
    assert os.read(reader, 1) == b""
    os.close(reader)


@pytest.mark.parametrize("name", ["absent", "../test", "a/b", "", "-x", "a b", "x" * 65, "test;id"])
def test_a_helper_is_a_plain_name_on_the_path(helper, name):
    keychain = helper()
    with pytest.raises(DeniedError, match="no such program on the PATH"):
        keychain.login(name, "quay.io")


def test_a_program_beside_the_path_is_no_helper(helper, tmp_path, monkeypatch):
    keychain = helper()
    folder = tmp_path / "docker-credential-x"
    folder.mkdir()
    (tmp_path / "bin" / "docker-credential-test").rename(folder / "evil")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeniedError, match="no such program on the PATH"):
        keychain.login("x/evil", "quay.io")


def test_a_program_that_cannot_be_run_is_named(helper, tmp_path):
    keychain = helper()
    (tmp_path / "bin" / "docker-credential-test").write_bytes(b"\x7fELF")
    with pytest.raises(DeniedError, match="cannot be run"):
        keychain.login("test", "quay.io")


def test_a_helper_sees_no_secret_of_ours(environ, helper, tmp_path):
    helper(f"open({str(tmp_path / 'seen')!r}, 'w').write(json.dumps(dict(os.environ)))\n{ANSWER}")
    ours = {"WATCHDOG_HOOK_SECRET": "s", "REDIS_URL": "redis://:s@h", "AWS_PROFILE": "p"}
    Keychain({**environ, **ours}).login("test", "quay.io")
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen.keys() & ours.keys() == {"AWS_PROFILE"}


# In a file


@pytest.fixture
def found(tmp_path, environ):
    """Find the login for a repository with this file."""

    def find(document, name="quay.io/acme/app"):
        path = tmp_path / "auth.json"
        path.write_text(json.dumps(document))
        credentials = Credentials.load({**environ, "REGISTRY_AUTH_FILE": str(path)})
        login = credentials.find(Repository.parse(name))
        return login and login.user

    return find


ENTRY = {"auth": "Ym9iOng="}  # bob:x
NOBODY = 'print("credentials not found"); sys.exit(1)'


def test_a_hosts_helper_goes_before_the_entries_and_a_store_after_them(helper, found):
    helper(ANSWER)
    entries = {"quay.io/acme": ENTRY}
    assert found({"auths": entries, "credHelpers": {"quay.io": "test"}}) == "alice"
    assert found({"auths": entries, "credsStore": "test"}) == "bob"
    assert found({"auths": {}, "credsStore": "test"}) == "alice"
    assert found({"credHelpers": {"ghcr.io": "test"}}) is None


def test_where_the_helper_has_none_the_entries_count(helper, found):
    helper(NOBODY)
    assert found({"auths": {"quay.io": ENTRY}, "credHelpers": {"quay.io": "test"}}) == "bob"


def test_a_helper_is_asked_for_docker_hub_by_its_old_name(helper, found, asked):
    helper(ANSWER)
    helpers = {"credHelpers": {"https://index.docker.io/v1/": "test"}}
    assert found(helpers, "docker.io/library/busybox") == "alice"
    assert asked() == ["['get'] https://index.docker.io/v1/"]


@pytest.mark.parametrize("habits", [QUAY, ZOT], ids=["bearer", "basic"])
def test_a_helper_whose_password_was_refused_is_asked_again(
    helper, environ, tmp_path, make_client, habits
):
    secret = tmp_path / "secret"
    secret.write_text("old")
    answer = f'{{"Username": "alice", "Secret": open({str(secret)!r}).read()}}'
    helper(f"print(json.dumps({answer}))")
    path = tmp_path / "auth.json"
    path.write_text('{"credsStore": "test"}')
    credentials = Credentials.load({**environ, "REGISTRY_AUTH_FILE": str(path)})
    with RegistrySimulator(habits=habits) as simulator:
        client = make_client(simulator.host, credentials=credentials)
        simulator.require_token("alice", "new", actions=("pull",))
        with pytest.raises(DeniedError):
            client.digest(simulator.tag("acme/app"))
        secret.write_text("new")
        with pytest.raises(NotFoundError):
            client.digest(simulator.tag("acme/app"))
