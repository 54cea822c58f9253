"""Scenarios of strangers: builds of other sources, and builds that do not say what they are of."""

from datetime import timedelta

from tests.simulation.images import OCI, PLATFORMS
from tests.simulation.scenario import scenario
from tests.simulation.tally import HELD, REVERTED, SILENT
from watchdog.core.rule import Require

SIBLING = "https://github.com/crunchtools/acquacotta-old"
BASE_SOURCE = "https://github.com/crunchtools/acquacotta-base"
HOUR = timedelta(hours=1)


def some_commit(world):
    """Name a commit that the source never had."""
    return f"{world.rng.getrandbits(160):040x}"


def unreadable(world, kind, build):
    """Push what does not say by labels what it is of; a signature of its pipeline does."""
    if world.require is Require.SIGNED and world.maybe():
        world.sign(build)
        world.push(f"{kind}, signed", build, SILENT, revision=world.good)
    else:
        world.push(kind, build, HELD)


@scenario("foreign zombie, unrelated history", weight=4)
def foreign(world, kind):
    old = some_commit(world)
    for _ in range(world.rng.randint(1, 2)):
        world.push(kind, world.build(old, source=SIBLING), REVERTED)


@scenario("fork ahead")
def fork_ahead(world, kind):
    revision = world.git.commit(world.good)
    if world.rng.random() < 0.3:
        world.git.pulls[f"refs/pull/{len(world.story)}/head"] = revision
    world.push(kind, world.build(revision, source="https://github.com/alice/acquacotta"), REVERTED)


@scenario("foreign zombie, shared history")
def shared_history(world, kind):
    if old := world.older():
        world.push(kind, world.build(old, source=SIBLING), HELD)


@scenario("fork builds the same commit")
def fork(world, kind):
    world.push(kind, world.build(world.good, source="https://github.com/alice/acquacotta"), HELD)


@scenario("zombie with copied labels", weight=3)
def copied(world, kind):
    old = some_commit(world)
    for _ in range(world.rng.randint(1, 2)):
        world.push(kind, world.build(old, signed=False), HELD)


@scenario("no usable claim", weight=3)
def unlabelled(world, kind):
    made = world.builder
    said = world.rng.choice(
        ["", f"{world.good}-dirty", "${REVISION}", "unknown", "main", world.good[:7] + "z", "HEAD"]
    )
    labels = made.labels(said, world.now) if said else {}
    unreadable(world, kind, made.observation(made.image(labels, world.now)))


@scenario("a claim without its other half")
def half(world, kind):
    made, now = world.builder, world.now
    labels = made.labels(world.good, now)
    labels.pop(next(iter(labels) if world.rng.random() < 0.5 else reversed([*labels][:2])))
    unreadable(world, kind, made.observation(made.image(labels, now)))


@scenario("short revision")
def short(world, kind):
    made, now = world.builder, world.now
    build = made.observation(made.image(made.labels(world.good[:10], now), now))
    world.sign(build)
    world.push(kind, build, SILENT, revision=world.good)


@scenario("mixed index")
def mixed(world, kind):
    made, now = world.builder, world.now
    other = made.labels(some_commit(world), now, source=world.rng.choice([None, SIBLING]))
    labels = [made.labels(world.good, now), world.rng.choice([other, {}])]
    images = [made.image(one, now, platform=p) for one, p in zip(labels, PLATFORMS, strict=True)]
    world.push(kind, made.observation(*images), HELD)


@scenario("labels of a known base", weight=3)
def inherited(world, kind):
    made, now = world.builder, world.now
    labels = made.labels(some_commit(world), now, source=BASE_SOURCE)
    base = made.base(labels, now)
    world.product.records.keep(base)
    layers = base.images[0].diff_ids
    if world.rng.random() < 0.4:
        anew = made.base(made.labels(some_commit(world), now, source=BASE_SOURCE), now)
        world.product.records.keep(anew)
        kind = f"{kind}, rebuilt since"
    unreadable(world, kind, made.observation(made.image(labels, now + HOUR / 6, layers=layers)))


def upon_the_trusted_build(world, labels=None):
    """Build upon what the tag holds in trust; without labels, those of each of its images stay."""
    made, trusted = world.builder, world.product.memory.trusted
    below = world.product.registry.builds[trusted.digest].images
    return made.observation(
        *(
            made.image(
                labels or dict(image.labels),
                world.now,
                platform=image.platform,
                layers=image.diff_ids,
            )
            for image in below
        )
    )


@scenario("labels of the trusted build, built upon it")
def derived(world, kind):
    world.push(kind, upon_the_trusted_build(world), HELD)


@scenario("labelled anew, upon the trusted build")
def extended(world, kind):
    labels = world.builder.labels(world.good, world.now)
    build = upon_the_trusted_build(world, labels)
    world.sign(build)
    world.push(kind, build, SILENT, revision=world.good)


@scenario("own labels upon a known base")
def upon_a_base(world, kind):
    made, now = world.builder, world.now
    inherited = made.labels(some_commit(world), now, source=BASE_SOURCE)
    base = made.base(inherited, now)
    world.product.records.keep(base)
    revision = world.fresh()
    labels = inherited | made.labels(revision, now)
    build = made.observation(made.image(labels, now, layers=base.images[0].diff_ids))
    world.sign(build, revision)
    world.push(kind, build, SILENT, revision=revision)


@scenario("labels of an unknown base", weight=3)
def unknown_base(world, kind):
    made, now = world.builder, world.now
    long_ago = now - timedelta(hours=world.rng.randint(2, 900))
    labels = made.labels(some_commit(world), now, source=BASE_SOURCE, created=long_ago)
    if world.rng.random() < 0.3:
        labels.pop(f"{OCI}created")
    unreadable(world, kind, made.observation(made.image(labels, now)))


@scenario("labels of an unknown base that is named")
def named_base(world, kind):
    made, now = world.builder, world.now
    labels = made.labels(some_commit(world), now, source=BASE_SOURCE)
    named = [(f"{OCI}base.name", "quay.io/hummingbird/python:latest")]
    unreadable(world, kind, made.observation(made.image(labels, now, annotations=named)))


@scenario("labels of an unknown base, built within the hour", weight=1)
def fresh_base(world, kind):
    labels = world.builder.labels(some_commit(world), world.now, source=BASE_SOURCE)
    unreadable(world, kind, world.builder.observation(world.builder.image(labels, world.now)))


@scenario("moved to another forge", weight=1)
def moved(world, kind):
    revision = world.git.commit(world.good)
    build = world.build(revision, source="https://codeberg.org/crunchtools/acquacotta")
    world.push(kind, build, HELD)


@scenario("a zombie while git is away")
def away(world, kind):
    build = world.build(some_commit(world), source=SIBLING)
    world.product.source.away = True
    world.push(kind, build, HELD)
    world.product.source.away = False
    world.look(f"{kind}, and when it is back", build, REVERTED)


@scenario("in order while git is away")
def in_order_away(world, kind):
    revision = world.fresh()
    build = world.build(revision)
    world.product.source.away = True
    world.push(kind, build, SILENT)
    world.product.source.away = False
    world.look(f"{kind}, and when it is back", build, SILENT, revision=revision)
