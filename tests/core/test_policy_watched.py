"""What a policy watches of a repository, whatever tags that has."""

from watchdog.core.policy import parse_policy
from watchdog.core.reference import Repository

SOURCE = "https://github.com/acme/{name}"
APP = Repository.parse("quay.io/acme/app")


def watched(*entries, **defaults):
    watch = [{"image": "quay.io/acme/*", "source": SOURCE, **entry} for entry in entries]
    return parse_policy({"watch": watch, "defaults": defaults}).watched(APP)


def test_all_rules_together_say_which_tags_are_watched():
    found = watched({"tags": ["latest", "v*"]}, {"tags": ["latest", "stable"]})
    assert [tag.name for tag in found.tags] == ["latest", "stable"]
    assert found.by_glob
    assert not watched({}).by_glob


def test_a_repository_that_no_rule_names_is_not_watched():
    assert watched({"image": "quay.io/other/*"}) is None


def test_people_are_told_unless_every_rule_only_observes():
    observed = {"enforce": "observe"}
    assert not watched(observed, observed).told
    assert not watched({}, enforce="observe").told
    assert watched(observed, {}).told
