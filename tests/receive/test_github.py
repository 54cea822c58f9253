"""GitHub's package events: the documentation's example, and one as it is really sent."""

from datetime import UTC, datetime

import pytest

from tests.receive.payloads import GONE, changed, recorded, refused
from watchdog.core.push import Push
from watchdog.core.reference import Digest, Repository
from watchdog.receive.github import parse
from watchdog.receive.hook import Hook

NAME = "github-registry_package"
HEADERS = {"x-github-event": "registry_package", "content-type": "application/json"}
DIGEST = "sha256:89160c587d0c36bf54090497a465445c14980ba48efbcf3b0d03c49b76f3feb8"
VERSION = "registry_package__package_version"
TAG = f"{VERSION}__container_metadata__tag"
PUSH = Push(
    Repository("ghcr.io", "codertocat/hello-world"),
    ("latest",),
    digest=Digest.parse(DIGEST),
    actor="octocat-ci[bot]",
)


def hook(**changes):
    return Hook(changed(NAME, **changes), HEADERS)


def test_an_index_with_its_tag_is_a_push():
    assert parse(hook()) == (PUSH,)


def test_an_event_tells_by_its_body_what_it_is_where_a_proxy_ate_the_header():
    assert parse(Hook(recorded(NAME))) == (PUSH,)


def test_the_older_event_with_a_tag_is_a_push_in_lower_case():
    tag = "package__package_version__container_metadata__tag__name"
    (push,) = parse(Hook(changed("github-package", **{tag: "v1"}), {"x-github-event": "package"}))
    assert push.references() == Push(PUSH.repository, ("v1",)).references()
    version = "sha256:3da1996a8115d7616457760d9920b815241d0a03b34cf5f04e9a0e9d8de37498"
    assert str(push.digest) == version


def test_the_documented_example_has_no_tag_and_is_no_push():
    assert parse(Hook(recorded("github-package"), {"x-github-event": "package"})) == ()


@pytest.mark.parametrize("event", ["ping", "push", "workflow_run"])
def test_other_events_are_no_push(event):
    assert parse(Hook(b'{"zen": "Design for failure."}', {"x-github-event": event})) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "deleted"},
        {"action": GONE},
        {f"{TAG}__name": ""},
        {f"{TAG}__name": GONE},
        {TAG: None},
        {f"{VERSION}__container_metadata": None},
        {f"{VERSION}__container_metadata": GONE},
    ],
)
def test_what_moved_no_tag_is_no_push(changes):
    assert parse(hook(**changes)) == ()


def test_an_update_is_a_push():
    assert parse(hook(action="updated")) == (PUSH,)


@pytest.mark.parametrize(
    ("package_type", "ecosystem", "registry", "is_push"),
    [
        ("CONTAINER", "CONTAINER", "CONTAINER", True),
        ("container", None, None, True),
        ("npm", "docker", None, True),
        ("npm", "npm", "Container", True),
        ("npm", "NPM", "NPM", False),
        ([], {}, 7, False),
    ],
)
def test_only_images_are_pushes(package_type, ecosystem, registry, is_push):
    changes = {
        "registry_package__package_type": package_type,
        "registry_package__ecosystem": ecosystem,
        "registry_package__registry__type": registry,
    }
    assert parse(hook(**changes)) == ((PUSH,) if is_push else ())


@pytest.mark.parametrize(
    ("updated", "at"),
    [
        ("2019-11-01T05:30:31Z", datetime(2019, 11, 1, 5, 30, 31, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        (None, None),
    ],
)
def test_the_time_of_the_version_is_kept_where_it_is_one(updated, at):
    (push,) = parse(hook(**{f"{VERSION}__updated_at": updated}))
    assert push.at == at


def test_without_a_package_url_owner_and_name_are_put_together():
    assert parse(hook(**{f"{VERSION}__package_url": GONE})) == (PUSH,)


@pytest.mark.parametrize("url", ["ghcr.io/o/a/b:latest", "ghcr.io/o/a/b:", "ghcr.io/O/a/b"])
def test_a_package_may_have_slashes_in_its_name(url):
    (push,) = parse(hook(**{f"{VERSION}__package_url": url}))
    assert push.repository == Repository("ghcr.io", "o/a/b")


def test_the_host_is_githubs_whatever_the_event_says_and_else_the_urls():
    changes = {f"{VERSION}__package_url": "evil.example/codertocat/hello-world:latest"}
    assert parse(hook(**changes)) == (PUSH,)
    (push,) = parse(Hook(changed(NAME), HEADERS, "containers.ghes.example"))
    assert push.repository.registry == "containers.ghes.example"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"registry_package": GONE}, "`registry_package` is not"),
        ({VERSION: GONE}, "`package_version` is not"),
        ({f"{VERSION}__container_metadata": 7}, "`container_metadata` is not a JSON object"),
        ({TAG: "latest"}, "`container_metadata.tag` is not a JSON object"),
        ({f"{TAG}__name": 7}, "`tag.name` is not text"),
        ({f"{TAG}__name": "-x"}, "not a tag"),
        ({f"{VERSION}__package_url": "ghcr.io//x:y"}, "not a repository path"),
        (
            {f"{VERSION}__package_url": "", "registry_package__namespace": GONE},
            "`namespace` is not",
        ),
    ],
)
def test_what_github_does_not_send_is_refused_with_the_reason(changes, reason):
    assert reason in refused(parse, hook(**changes))


def test_a_form_is_refused_with_the_cure():
    headers = {**HEADERS, "content-type": "application/x-www-form-urlencoded"}
    assert "application/json" in refused(parse, Hook(b"payload=%7B%7D", headers))
