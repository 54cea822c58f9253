"""Scenarios of order: what a project's own pipeline pushes, in time, too late, or once more."""

from tests.simulation.scenario import BRANCHES, RELEASES, Policy, scenario
from tests.simulation.tally import HELD, REVERTED, SILENT


@scenario("in order", weight=10)
def in_order(world, kind):
    revision = world.fresh()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@scenario("several commits skipped", weight=3)
def skipped(world, kind):
    for _ in range(world.rng.randint(2, 6)):
        revision = world.fresh()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@scenario("several at once, in order", weight=3)
def burst(world, kind):
    for revision in [world.fresh() for _ in range(world.rng.randint(2, 5))]:
        world.push(kind, world.build(revision), SILENT, revision=revision)


@scenario("raced", weight=4)
def raced(world, kind):
    *earlier, last = [world.fresh() for _ in range(world.rng.randint(2, 4))]
    world.push(kind, world.build(last), SILENT, revision=last)
    late = world.rng.choice(earlier)
    world.push(f"{kind}: the older build finishes later", world.build(late), late_one(world, late))


@scenario("rebuilt weekly", weight=5)
def rebuilt(world, kind):
    for _ in range(world.rng.randint(1, 2)):
        world.push(kind, world.build(world.good), SILENT, revision=world.good)


@scenario("old checkout of the same source", weight=4)
def zombie_of_the_same_source(world, kind):
    if old := world.older():
        # Unsigned it may be all the more: labels accuse.
        world.push(kind, world.build(old, signed=world.maybe()), late_one(world, old))


@scenario("merged side commit, built late", BRANCHES)
def side_commit(world, kind):
    merged = [p for r in world.releases.trunk for p in world.git.parents[r][1:]]
    merged = [side for side in merged if world.git.contains(world.good, side)]
    if merged:
        world.push(kind, world.build(world.rng.choice(merged)), REVERTED)


@scenario("releases on diverged branches, rising", RELEASES, 4)
def diverged_releases(world, kind):
    releases = world.releases
    releases.advance(2)
    for make in (releases.tag_main, lambda: releases.patch(releases.highest)):
        revision = make()
        world.push(kind, world.build(revision), SILENT, revision=revision)
    releases.advance()
    revision = releases.tag_main()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@scenario("back-ported release after a higher one", RELEASES, 4)
def backport(world, kind):
    held = [v for v, revision in world.releases.tags.items() if revision == world.good]
    lower = [v for v in world.releases.tags if held and v[:2] < max(held)[:2]]
    if lower:
        world.push(kind, world.build(world.releases.patch(world.rng.choice(lower))), HELD)


@scenario("release rebuilt after a later one", RELEASES, 4)
def release_rebuilt(world, kind):
    held = [v for v, revision in world.releases.tags.items() if revision == world.good]
    lower = [r for v, r in world.releases.tags.items() if held and v < max(held)]
    if lower:
        old = world.rng.choice(lower)
        world.push(kind, world.build(old), late_one(world, old))


@scenario("back-ported release after a main build", frozenset({Policy.DEFAULT}), 4)
def backport_over_main(world, kind):
    tags, git, releases = world.releases.tags, world.git, world.releases
    if world.rng.random() < 0.5:
        # The release that main contains may never have been built for this tag itself.
        releases.advance()
        releases.tag_main()
        releases.advance()
        world.push("in order", world.build(releases.main), SILENT, revision=releases.main)
    within = [v for v in tags if git.contains(world.good, tags[v])]
    lower = [v for v in tags if within and v[:2] < max(within)[:2]]
    if lower:
        revision = releases.patch(world.rng.choice(lower))
        world.push(kind, world.build(revision), HELD)
        world.push(f"{kind}, again", world.build(revision), HELD)


@scenario("main after a release branch", frozenset({Policy.DEFAULT}), 3)
def main_after_release(world, kind):
    releases = world.releases
    if not releases.tags or releases.main != world.good:
        return
    # Whether a release may take the tag from main's newer code is for the project to say. Once it
    # did, the tag should hold the release, until main's next build has taken it over.
    patch = releases.patch(releases.highest)
    world.push(f"{kind}: the release", world.build(patch), SILENT, HELD, revision=patch)
    revision = releases.advance()[0]
    if world.rng.random() < 0.5:
        # A tag above it makes no release of it: it still is a commit of main.
        releases.advance()
        releases.tag_main()
    # Where main has merged the release since, git calls the two neither older nor newer.
    merged = world.git.contains(releases.main, patch) and not world.git.contains(revision, patch)
    wanted = (SILENT, HELD) if merged else (SILENT,)
    world.push(kind, world.build(revision), *wanted, revision=revision)


def late_one(world, revision):
    """Say what a person wants of an older build: put back if git says so, else told."""
    return REVERTED if world.git.contains(world.good, revision) else HELD
