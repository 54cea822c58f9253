"""What tests of Quay's lists share: many repositories, one list after another, what it made due."""

from datetime import timedelta

from watchdog.core.reference import Tag
from watchdog.work.sweep import do_chore
from watchdog.work.timer import timer

HOUR_S = 3600
INTERVAL = timedelta(minutes=5)


def fill(house, count):
    """Push one image into each of so many repositories; returns their tags."""
    image = house.build("x")
    tags = [house.registry.tag(f"crunchtools/app-{number:04}") for number in range(count)]
    for tag in tags:
        house.registry.push(image, tag)
    return tags


def sweep(house, namespace="crunchtools", *, do=do_chore):
    """List a namespace once, now; returns the chore's name."""
    chore = f"quay-moves:{house.registry.host}/{namespace}"
    house.client.delete("wd:due:chores")
    house.tools.chores.schedule([(chore, 0)])
    do(house.tools, house.claim(house.tools.chores))
    return chore


def looks_due(house):
    """Name the tags that are due now, by name."""
    now_ms = house.tools.records.now().timestamp() * 1000
    due = house.client.zrangebyscore("wd:due:looks", "-inf", now_ms)
    return sorted(Tag.parse(name.decode()) for name in due)


def requests_of(house, work):
    """Do some work; returns what it asked the registry for."""
    before = len(house.registry.requests)
    work()
    return house.registry.requests[before:]


def timed(house, tag=None, memory=None):
    """How long the timer leaves a tag alone."""
    tag, now = tag or house.tag, house.tools.records.now() + house.ahead
    memory = memory or house.tools.records.memory(tag)
    return timer(house.tools, tag, house.tools.policy.rule_for(tag), memory, now)
