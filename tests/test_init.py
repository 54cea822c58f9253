"""`watchdog init`: what it writes of a namespace, from the simulator's Quay over real HTTP."""

import ssl
from datetime import UTC, datetime

import pytest
import trustme
import yaml
from click.testing import CliRunner

from watchdog.cli import cli
from watchdog.core.reference import Tag
from watchdog.demo.images import build_image
from watchdog.demo.registry import RegistrySimulator
from watchdog.policy_file import read_with_warnings

BUILT = datetime(2026, 5, 18, 4, 30, tzinfo=UTC)
PATTERN = "https://github.com/acme/{name}"
REVISION = "9b452e4fd3278b189d669b87078b00915ca739e9"
KEY = "org.opencontainers.image"


def labels(source, **more):
    return {
        f"{KEY}.source": source,
        f"{KEY}.revision": REVISION,
        f"{KEY}.created": BUILT.isoformat(),
        **more,
    }


@pytest.fixture
def registry():
    with RegistrySimulator() as registry:
        yield registry


@pytest.fixture
def push(registry):
    """Push an image that says so; returns its repository."""
    layers = iter(range(1000))

    def push(path, said=None, tag="latest", layer=None):
        content = [layer or f"{path} {next(layers)}".encode()]
        where = registry.tag(path, tag)
        registry.push(build_image(said or {}, created=BUILT, layers=content), where)
        return str(where.repository)

    return push


@pytest.fixture
def run(registry, tmp_path):
    """Run `watchdog init` for the namespace `acme` of the simulator."""
    output = tmp_path / "watchdog.yaml"

    def run(*arguments, namespace="acme", token="", output=output):
        words = ["init", f"{registry.host}/{namespace}", "--plain-http", "--output", str(output)]
        return CliRunner().invoke(cli, [*words, *arguments], env={"WATCHDOG_QUAY_TOKEN": token})

    run.output = output
    return run


def watch(run):
    """The rules that were written, by repository or glob; the file passes its own check."""
    _, warnings = read_with_warnings(run.output)
    assert warnings == ()
    document = yaml.safe_load(run.output.read_text())
    return {rule["image"].partition("/")[2]: rule["source"] for rule in document["watch"]}


def test_what_the_labels_claim_is_proposed_and_what_they_do_not_is_asked(registry, push, run):
    push("acme/app", labels("https://github.com/Acme/App.git"))
    push("acme/web", labels("https://github.com/acme/website", **{f"{KEY}.revision": "a" * 40}))
    open_one = push("acme/open")
    untagged = push("acme/untagged", labels("https://github.com/acme/untagged"), tag="v1")
    push("other/app", labels("https://github.com/acme/other"))
    result = run("--source", PATTERN)
    assert result.exit_code == 0, result.output
    assert watch(run) == {"acme/web": "https://github.com/acme/website", "acme/*": PATTERN}
    text = run.output.read_text()
    no_label = f"  # no label: which repository builds this?\n  # - image: {open_one}\n"
    assert no_label in text
    assert f"  # no tag `latest`: which tag is pulled?\n  # - image: {untagged}\n" in text
    assert "github.com/acme/web was expected: which one is right?" in text
    assert "4 repositories, 2 not decided" in result.stderr
    for step in ("1. Read", "2. Check", "3. Start"):
        assert step in result.stderr


def test_without_a_pattern_each_claim_is_a_rule(push, run):
    push("acme/app", labels("https://github.com/acme/app"))
    assert run().exit_code == 0
    assert watch(run) == {"acme/app": "https://github.com/acme/app"}


def test_where_nothing_can_be_said_nothing_is_written(push, run):
    push("acme/open")
    result = run()
    assert result.exit_code == 1
    assert "(open)" in str(result.exception)
    assert "--source" in str(result.exception)
    assert not run.output.exists()


def test_a_label_that_is_a_base_s_is_not_taken_for_the_image_s_own(registry, push, run):
    said = labels("https://github.com/acme/base")
    push("acme/base", said, layer=b"base")
    child = build_image(said, created=BUILT, layers=[b"base", b"child"])
    registry.push(child, registry.tag("acme/child"))
    assert run("--source", PATTERN).exit_code == 0
    assert watch(run)["acme/*"] == PATTERN
    assert "acme/child" not in watch(run)
    inherited = f"its labels are inherited from the base image {registry.host}/acme/base"
    assert f"  # not decided: linux/amd64: {inherited}" in run.output.read_text()
    assert f"  # - image: {registry.host}/acme/child\n" in run.output.read_text()


def test_no_file_is_ever_overwritten(push, run):
    push("acme/app", labels("https://github.com/acme/app"))
    run.output.write_text("mine")
    result = run()
    assert result.exit_code == 1
    assert "is there already" in str(result.exception)
    assert run.output.read_text() == "mine"


def test_a_link_is_not_followed_to_a_file_that_is_not_there(push, run, tmp_path):
    push("acme/app", labels("https://github.com/acme/app"))
    run.output.symlink_to(tmp_path / "elsewhere")
    assert run().exit_code == 1
    assert not (tmp_path / "elsewhere").exists()


def test_to_standard_output_goes_the_policy_and_nothing_else(push, run):
    push("acme/app", labels("https://github.com/acme/app"))
    result = run(output="-")
    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout)["watch"][0]["source"] == "https://github.com/acme/app"
    assert result.stderr == ""


def test_private_repositories_are_found_with_a_token(registry, push, run):
    push("acme/app", labels("https://github.com/acme/app"))
    registry.quay.create("acme/secret", public=False)
    registry.quay.grant("a-token-to-read", scope="repo:read")
    assert "1 repository," in run(output=run.output.with_name("public.yaml")).stderr
    result = run(token="a-token-to-read")
    assert "2 repositories, 1 not decided" in result.stderr
    assert "a-token-to-read" not in run.output.read_text() + result.output


HOSTILE = {
    "newline": "https://github.com/acme/app\n  - image: quay.io/evil/app\n",
    "yaml": "'}\"]: {&x *y !!python/object: | >\n---\nwatch: []\n",
    "controls": "\x00\x1b]0;x\x07\u202e\u2028watch:\x85",
    "large": "x" * 900_000,
    "credentials": "https://user:hunter2@github.com/acme/app",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_what_an_image_says_never_breaks_out_of_the_file(registry, push, run, value):
    push("acme/app", labels(value, **{f"{KEY}.revision": REVISION}))
    push("acme/odd", labels("https://github.com/acme/odd", **{f"{KEY}.revision": value}))
    assert run("--source", PATTERN).exit_code == 0
    assert set(watch(run)) <= {"acme/*", "acme/app"}
    text = run.output.read_text()
    assert len(text) < 4000
    assert "hunter2" not in text
    assert all(line.isprintable() for line in text.splitlines())


def test_an_image_that_cannot_be_read_is_said_so_and_stops_no_other(registry, push, run):
    path = push("acme/app", labels("https://github.com/acme/app"))
    push("acme/fine", labels("https://github.com/acme/website", **{f"{KEY}.revision": "a" * 40}))
    blobs = registry._content.blobs
    for digest in [digest for digest, blob in blobs.items() if b"github.com/acme/app" in blob]:
        registry.forget_blob(digest)
    assert run("--source", PATTERN).exit_code == 0
    assert set(watch(run)) == {"acme/fine", "acme/*"}
    text = run.output.read_text()
    assert f"  # could not be read: {path}:latest (blob sha256:" in text
    assert f"  # - image: {path}\n" in text


def test_a_list_that_cannot_be_had_writes_nothing(registry, run):
    registry.fail_next(500)
    result = run("--source", PATTERN)
    assert result.exit_code == 1
    assert f"the repositories of {registry.host}/acme" in str(result.exception)
    assert not run.output.exists()


WRONG = {
    "a-repository": (["quay.io/acme/app"], "a namespace is wanted, as in quay.io/org"),
    "no-registry": (["acme"], "a namespace is wanted"),
    "not-behind": (["quay.corp/acme", "--prefix", "registry"], "as in quay.corp/registry/org"),
    "no-source": (["quay.io/acme", "--source", "nonsense"], "source: not a repository URL"),
    "credentials": (["quay.io/acme", "--source", "https://u:p@x.org/a/{name}"], "password"),
    "prefix": (["quay.io/a!/acme", "--prefix", "a!"], "not a repository path"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_namespace_is_refused_before_anything_is_asked(tmp_path, arguments, words):
    output = tmp_path / "watchdog.yaml"
    result = CliRunner().invoke(cli, ["init", *arguments, "--output", str(output)])
    assert result.exit_code == 1
    assert words in str(result.exception)
    assert not output.exists()


def test_a_self_hosted_quay_with_its_own_authority(tmp_path):
    authority, registry = trustme.CA(), RegistrySimulator()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    registry._server.socket = context.wrap_socket(registry._server.socket, server_side=True)
    output = tmp_path / "watchdog.yaml"
    with registry:
        tag = registry.tag("acme/app")
        said = labels("https://github.com/acme/app")
        registry.push(build_image(said, created=BUILT, layers=[b"1"]), tag)
        words = ["init", f"{registry.host}/acme", "--output", str(output)]
        refused = CliRunner().invoke(cli, words)
        assert "certificate" in str(refused.exception)
        both = CliRunner().invoke(cli, [*words, "--plain-http", "--ca-file", f"{tmp_path}/ca.pem"])
        assert "--plain-http has no certificate" in str(both.exception)
        result = CliRunner().invoke(cli, [*words, "--ca-file", str(tmp_path / "ca.pem")])
    assert result.exit_code == 0, result.output
    policy, _ = read_with_warnings(output)
    assert policy.rule_for(Tag.parse(str(tag))).url == "https://github.com/acme/app"
    assert policy.registries[registry.host].kind == "quay"
    assert policy.registries[registry.host].ca_file == tmp_path / "ca.pem"
