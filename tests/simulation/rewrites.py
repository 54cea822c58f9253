"""Scenarios of history: force-pushes, withdrawn releases, other branches, new repositories."""

from tests.simulation.scenario import ALL, BRANCHES, RELEASES, Policy, scenario
from tests.simulation.tally import HELD, RIGHT, SILENT, TOLD


def build_main(world):
    """Have main's tip built, so that a rewrite takes a trusted commit away."""
    revision = world.releases.main
    if revision != world.good:
        world.releases.advance()
        revision = world.releases.main
        world.push("in order", world.build(revision), SILENT, revision=revision)


def allowed(world):
    """Name the refs that the policy allows."""
    tags = [name for name in world.git.refs if name.startswith("refs/tags/")]
    heads = [f"refs/heads/{world.git.default}"] if world.policy is not Policy.RELEASES else []
    return heads + (tags if "v*" in world.policy.refs else [])


def rewritten(world, lost):
    """Say what a person wants of the new tip: told, unless what was lost still is a release."""
    return RIGHT if world.git.on_a_ref(lost, allowed(world)) else (TOLD,)


def surpassed(world, revision):
    """Tell whether an allowed ref says that a commit is not the newest: a tag that stands, say."""
    tips = {world.git.refs[name] for name in allowed(world)} - {revision}
    return any(world.git.contains(tip, revision) for tip in tips)


@scenario("force-pushed: amended or rebased", BRANCHES, 4)
def amended(world, kind):
    build_main(world)
    releases, lost = world.releases, world.good
    depth = min(world.rng.randint(1, 3), len(releases.trunk) - 1)
    tip = releases.trunk[-depth - 1]
    kept = releases.trunk[:-depth]
    for _ in range(depth):
        kept.append(tip := world.git.commit(tip))
    releases.force(kept)
    world.push(kind, world.build(tip), *rewritten(world, lost), revision=tip)
    if rewritten(world, lost) == (TOLD,) and world.rng.random() < 0.6:
        world.push(f"{kind}: what is gone, rebuilt", world.build(lost), HELD)


@scenario("force-pushed before it was built", BRANCHES)
def amended_unbuilt(world, kind):
    build_main(world)
    kept = list(world.releases.trunk)
    world.releases.advance(2)
    if world.rng.random() < 0.5:
        world.push(kind, world.build(world.good), SILENT, revision=world.good)
    world.releases.force([*kept, tip := world.git.commit(kept[-1])])
    world.push(kind, world.build(tip), SILENT, revision=tip)


@scenario("main reset on purpose", BRANCHES, 3)
def reset(world, kind):
    build_main(world)
    releases, lost, whole = world.releases, world.good, list(world.releases.trunk)
    depth = min(world.rng.randint(1, 4), len(whole) - 1)
    releases.force(whole[:-depth])
    if world.rng.random() < 0.5:
        for version, revision in list(releases.tags.items()):
            if not world.git.contains(releases.main, revision):
                releases.withdraw(version)
    wanted, main = rewritten(world, lost), releases.main
    if surpassed(world, main):
        # A release that stands says otherwise than the branch: told, and left alone.
        kind, wanted = f"{kind}, a release stands", (*RIGHT, HELD)
    world.push(kind, world.build(main), *wanted, revision=main)
    world.good = main
    if world.rng.random() < 0.3 and wanted == (TOLD,):
        releases.force(whole)
        world.push(f"{kind}, and undone", world.build(lost), SILENT, revision=lost)
    else:
        releases.advance()
        world.push(
            f"{kind}, then in order", world.build(releases.main), *RIGHT, revision=releases.main
        )


@scenario("release withdrawn, the previous one rebuilt", RELEASES, 4)
def withdrawn(world, kind):
    releases, version = world.releases, world.releases.highest
    if len(releases.tags) < 2 or releases.tags[version] != world.good:
        return
    lost = world.good
    releases.withdraw(version)
    previous = releases.tags[releases.highest]
    told = rewritten(world, lost) == (TOLD,) and not surpassed(world, previous)
    wanted = (TOLD,) if told else (*RIGHT, HELD)
    if world.rng.random() < 0.7:
        # What no ref tells of is told or held, never reverted.
        world.push(kind, world.build(previous), *wanted, revision=previous)
        world.good = previous
    if world.rng.random() < 0.3:
        releases.advance()
        revision = releases.tag(version, releases.main)
    elif told:
        revision = world.fresh()
    else:
        # On from main: beside what was withdrawn, and is on it all the same, nothing is in order.
        releases.advance()
        revision = releases.tag_main()
    world.push(f"{kind}, then the next", world.build(revision), *RIGHT, revision=revision)


@scenario("release tag moved", RELEASES)
def retagged(world, kind):
    version = world.releases.highest
    if not version or world.releases.tags[version] != world.good:
        return
    world.releases.advance()
    revision = world.releases.tag(version, world.releases.main)
    world.push(kind, world.build(revision), *RIGHT, revision=revision)


@scenario("default branch renamed", ALL - {Policy.NAMED}, 1)
def default_renamed(world, kind):
    old, new = world.git.default, world.rng.choice(["main", "master", "trunk", "devel"])
    world.git.refs[f"refs/heads/{new}"] = world.git.refs.pop(f"refs/heads/{old}")
    world.git.default = new
    if world.rng.random() < 0.5:
        world.push(f"{kind}, rebuilt", world.build(world.good), SILENT, revision=world.good)
    revision = world.fresh()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@scenario("default branch switched to a diverged one", frozenset({Policy.MAIN}), 4)
def default_switched(world, kind):
    build_main(world)
    lost, trunk = world.good, world.releases.trunk
    tip = world.git.commit(trunk[-2])
    world.git.default = f"next{len(world.story)}"
    world.releases.force([*trunk[:-1], tip])
    world.push(kind, world.build(tip), *rewritten(world, lost), revision=tip)


@scenario("repository recreated under its name", weight=1)
def recreated(world, kind):
    releases = world.releases
    for version in list(releases.tags):
        releases.withdraw(version)
    for name in [name for name in world.git.refs if "/release-" in name]:
        del world.git.refs[name]
    releases.force([world.git.commit()])
    releases.advance(2)
    revision = world.fresh()
    build = world.build(revision)
    world.push(kind, build, HELD)
    if world.rng.random() < 0.5:
        revision = world.fresh()
        build = world.build(revision)
        world.push(f"{kind}, again", build, HELD)
    world.product.approve(build.digest)
    world.look(f"{kind}, approved", build, SILENT, revision=revision)
    revision = world.fresh()
    world.push(f"{kind}, then in order", world.build(revision), SILENT, revision=revision)
