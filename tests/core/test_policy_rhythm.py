"""What the policy says of when hosts pull and of tags that change all the time."""

from datetime import time, timedelta

import pytest

from watchdog.core.policy import PolicyError, parse_policy
from watchdog.core.reference import Tag
from watchdog.core.rule import FlappingRule

IMAGE = "quay.io/acme/app"


def ruled(entry=None, defaults=None):
    """The rule of a policy with one entry."""
    watch = [{"image": IMAGE, "source": "https://github.com/acme/app", **(entry or {})}]
    document = {"watch": watch, **({"defaults": defaults} if defaults else {})}
    return parse_policy(document).rule_for(Tag.parse(IMAGE))


def test_when_hosts_pull_is_said_for_all_or_for_one():
    midnight = {"at": "00:00", "timezone": "America/New_York"}
    assert ruled(defaults={"pulls": midnight}).pulls.at == time(0, 0)
    assert ruled({"pulls": {"at": "03:15"}}, {"pulls": midnight}).pulls.timezone == "UTC"
    assert ruled().pulls is None


@pytest.mark.parametrize(
    "pulls",
    [{"at": "24:00"}, {"at": "3:15"}, {}, {"at": "03:15", "timezone": "Mars/Olympus"}],
)
def test_a_time_that_no_clock_shows_is_refused(pulls):
    with pytest.raises(PolicyError):
        ruled({"pulls": pulls})


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/localtime", "", "Europe"])
def test_a_time_zone_names_no_file(zone):
    with pytest.raises(PolicyError):
        ruled({"pulls": {"at": "03:15", "timezone": zone}})


def test_how_many_changes_are_too_many_is_the_rule_s():
    assert ruled().flapping == FlappingRule(5, timedelta(minutes=30))
    many = {"changes": 20, "within": "1h"}
    assert ruled({"flapping": many}).flapping == FlappingRule(20, timedelta(hours=1))
    assert ruled(defaults={"flapping": many}).flapping == FlappingRule(20, timedelta(hours=1))
