"""Two months of a small organisation, and every message that goes out: few, for good reason."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.work.conftest import APP, House
from watchdog.core.memory import Approval
from watchdog.demo.git import GitRepository
from watchdog.store.answers import approval_writes

EXPECTED = Path(__file__).parents[1] / "fixtures" / "messages" / "two-months.txt"
FIRST_MONDAY = datetime(2030, 5, 6, 4, 30, tzinfo=UTC)
WEEK, DAY, HOUR, MINUTE, SECOND = (
    timedelta(**{unit: 1}) for unit in ("weeks", "days", "hours", "minutes", "seconds")
)
WAVE = 200
TOKEN = "a-token-that-may-do-all"


class Months:
    """Time is put forward by hand; the timer's looks and chores are taken when something is due."""

    def __init__(self, house):
        self.house = house
        self.lines = []
        self.heard = 0
        self.names = {}
        self.git = house.source("x").partition("//")[2].partition("/")[0]
        self.at(FIRST_MONDAY - 6 * HOUR)

    def at(self, moment):
        """Let it be this moment, for the registry and for the watchdog."""
        self.now = moment
        self.house.registry.clock.freeze(moment.timestamp())
        self.house.ahead = moment - self.house.tools.records.now()

    def wait(self, span):
        self.at(self.now + span)

    def look(self, tag=None):
        """Look at a tag; what else is due has its time another time."""
        house, tag = self.house, tag or self.house.tag
        house.hook(tag)
        while (claim := house.claim()).member != str(tag):
            house.tools.looks.give_back(claim, in_ms=3_600_000)
        if memory := house.examiner.examine(claim):
            house.carry_out(claim, memory)
        self.listen()

    def push(self, revision, *, by="crunchtools+ci", **how):
        image = self.house.build(revision, created=self.now, **how)
        digest = self.house.registry.push(image, self.house.tag, by=by)
        self.look()
        return digest

    def listen(self):
        """Write down what people are told, with the moment and without what differs by run."""
        self.house.told()
        for received in self.house.receiver.received[self.heard :]:
            body = received.body
            name = body["subject"].replace(self.house.registry.host, "quay.io")
            said = body["title"].replace(self.house.registry.host, "quay.io")
            for revision, word in self.names.items():
                said = said.replace(revision[:12], word)
            said = said.replace(self.git, "github.com")
            before = body["facts"].get("Before", "")
            line = f"{self.now:%a %d %b %H:%M} {body['kind']:14} {said.removeprefix(name)}"
            self.lines.append(f"{line}{f' [{before}]' if before else ''}")
        self.heard = len(self.house.receiver.received)

    def commit(self, words):
        """Commit, and remember the words for the lines."""
        revision = self.house.repository.commit(words)
        self.names[revision] = f"<{words}>"
        return revision


@pytest.fixture
def house(stack, redis_client, tmp_path):
    house = House(
        stack,
        redis_client,
        tmp_path,
        {"enforce": "revert"},
        WATCHDOG_QUAY_TOKEN=TOKEN,
    )
    house.registry.quay.grant(TOKEN, scope="repo:admin")
    return house


@pytest.fixture
def months(house):
    months = Months(house)
    months.push(months.commit("the first version"))
    return months


def six_mondays(months):
    """The archived sibling's cron pushes the pre-fix code each Monday; a fix follows on Tuesday."""
    zombie = months.house.sibling.commit("pre-fix code")
    for week in range(6):
        months.at(FIRST_MONDAY + week * WEEK + timedelta(minutes=3 * week))
        source = months.house.source(f"{APP}-old")
        months.push(zombie, source=source, by="crunchtools+old")
        months.wait(DAY)
        months.push(months.commit(f"fix {week + 1}"))


def race_of_three_runs(months):
    """Three merges in a minute; the newest finishes first, the older ones by seconds."""
    revisions = [months.commit(f"merge {number}") for number in (1, 2, 3)]
    months.wait(DAY)
    for revision in reversed(revisions):
        months.push(revision)
        months.wait(9 * SECOND)


def registry_away_for_two_hours(months):
    """Everything that is asked fails; a chore tells it once, for all tags."""
    house = months.house
    months.wait(DAY)
    for _ in range(24):
        house.registry.fail_next(503, times=2)
        months.look()
        house.chore("outages")
        months.listen()
        months.wait(5 * MINUTE)
    months.look()
    house.chore("outages")
    months.listen()


def monday_wave_of_rebuilds(months):
    """Two hundred images of unchanged commits are built again upon a new base."""
    house = months.house
    months.wait(DAY)
    repository = GitRepository(house.settings.data.parent / "git" / "wave.git")
    revision = repository.commit("unchanged")
    house.policy(
        {"enforce": "revert"},
        watch=[{"image": f"{house.registry.host}/wave/*", "source": house.source("wave")}],
    )
    tags = [house.registry.tag(f"wave/app{number}") for number in range(WAVE)]
    for _ in range(2):
        for tag in tags:
            image = house.build(revision, source=house.source("wave"), created=months.now)
            house.registry.push(image, tag)
            months.look(tag)
        months.wait(WEEK)
    months.listen()


def renamed(months):
    """The repository is renamed; its builds name the new one before the policy does."""
    house = months.house
    months.wait(DAY)
    months.push(months.commit("after the rename"), source=house.source("crunchtools/renamed"))
    months.wait(HOUR)
    months.look()
    house.policy({"enforce": "revert", "aliases": [house.source("crunchtools/renamed")]})
    months.look()


def left_wrong_for_three_days(months):
    """A build nobody can identify is left alone; people are reminded until it is mended."""
    house = months.house
    months.wait(DAY)
    house.registry.push(house.build("", labels={}, created=months.now), house.tag)
    for _ in range(3 * 24):
        months.look()
        # Real time goes on a little, too: an hour after a moment is a little more than an hour.
        months.wait(HOUR + 10 * SECOND)
    months.push(months.commit("with labels again"))


def rolled_back_as_planned(months):
    """A release is taken back; the pipeline says so beforehand. Then it is mended."""
    months.wait(DAY)
    good = months.commit("release 1")
    months.push(good)
    months.wait(DAY)
    months.push(months.commit("release 2"))
    months.wait(HOUR)
    approval = Approval(None, "ci", "planned", months.now, good, months.now + DAY, by_person=False)
    for write in approval_writes(months.house.tag, approval):
        months.house.client.execute_command(*write)
    months.push(good)
    months.wait(DAY)
    months.push(months.commit("release 3"))


STORY = (
    six_mondays,
    race_of_three_runs,
    registry_away_for_two_hours,
    monday_wave_of_rebuilds,
    renamed,
    left_wrong_for_three_days,
    rolled_back_as_planned,
)


@pytest.mark.timeout(300)
def test_every_message_of_two_months_is_one_that_somebody_needs(months):
    for chapter in STORY:
        months.lines.append(f"# {chapter.__doc__}")
        chapter(months)
    told = "\n".join(months.lines) + "\n"
    assert told == EXPECTED.read_text()
