"""Scenarios of arrival: pull requests, commits before git has them, new names, late looks."""

from tests.simulation.product import ALIAS
from tests.simulation.scenario import BRANCHES, Policy, scenario
from tests.simulation.strangers import SIBLING, some_commit
from tests.simulation.tally import HELD, REVERTED, SILENT


def pull_request(world):
    """Open a pull request off main; returns its head."""
    tip = world.releases.main
    for _ in range(world.rng.randint(1, 3)):
        tip = world.git.commit(tip)
    name = f"refs/pull/{len(world.story)}/head"
    (world.git.pulls if world.rng.random() < 0.7 else world.git.refs)[name] = tip
    return tip


@scenario("pull request's head, never merged")
def unmerged(world, kind):
    world.push(kind, world.build(pull_request(world)), HELD)


@scenario("pull request's head, squashed", BRANCHES)
def squashed(world, kind):
    world.push(kind, world.build(pull_request(world)), HELD)
    world.releases.advance()
    world.push(
        f"{kind}: main", world.build(world.releases.main), SILENT, revision=world.releases.main
    )


@scenario("pull request's head, merged by a merge commit", BRANCHES)
def merged(world, kind):
    head = pull_request(world)
    build = world.build(head)

    def merge():
        world.releases.force([*world.releases.trunk, world.git.commit(world.releases.main, head)])

    if world.rng.random() < 0.5:
        # On main by the second look, though main itself is a commit ahead by then.
        world.push(f"{kind} at once", build, SILENT, HELD, then=merge)
    else:
        world.push(kind, build, HELD)
        merge()
    world.push(
        f"{kind}: main", world.build(world.releases.main), SILENT, revision=world.releases.main
    )


@scenario("a branch that is called like a release")
def vendor_branch(world, kind):
    world.git.refs["refs/heads/vendor-update"] = tip = world.git.commit(world.releases.main)
    world.push(kind, world.build(tip), HELD)


@scenario("pull request's head, merged by fast-forward", BRANCHES, 3)
def fast_forward(world, kind):
    head = pull_request(world)
    build, trunk = world.build(head), [*world.releases.trunk, head]
    if world.rng.random() < 0.5:
        world.push(
            f"{kind} at once",
            build,
            SILENT,
            revision=head,
            then=lambda: world.releases.force(trunk),
        )
        return
    world.push(kind, build, HELD)
    world.releases.force(trunk)
    world.look(f"{kind} later", build, SILENT, revision=head)


@scenario("fast-forward of a branch that was fetched", BRANCHES)
def fetched_before(world, kind):
    trunk = list(world.releases.trunk)
    world.git.refs["refs/heads/wip"] = head = world.git.commit(trunk[-1])
    world.push("rebuilt weekly", world.build(world.good), SILENT, revision=world.good)
    world.releases.force([*trunk, head])
    world.push(kind, world.build(head), SILENT, revision=head)


@scenario("before git has the commit", weight=4)
def before_git(world, kind):
    before = dict(world.git.refs)
    revision = world.fresh()
    after = world.git.refs
    if world.rng.random() < 0.3 and world.policy is not Policy.TAGGED:
        before |= {name: tip for name, tip in after.items() if not name.startswith("refs/tags/")}
    world.git.refs = before

    def arrive():
        world.git.refs = after

    world.push(kind, world.build(revision), SILENT, revision=revision, then=arrive)
    arrive()


@scenario("renamed", weight=3)
def renamed(world, kind):
    revision = world.fresh()
    build = world.build(revision, source=ALIAS)
    if world.aliased:
        world.push(f"{kind}, with an alias", build, SILENT, revision=revision)
        return
    world.push(f"{kind}, without an alias", build, HELD)
    if world.rng.random() < 0.3:
        world.product.follow_policy(aliases=[ALIAS])
        world.aliased = True
        world.look(f"{kind}, the alias comes", build, SILENT, revision=revision)


@scenario("seen late: the last of several moves is right", weight=2)
def late_right(world, kind):
    registry = world.product.registry
    for _ in range(world.rng.randint(1, 3)):
        registry.push(world.build(world.fresh()))
        registry.push(world.build(some_commit(world), source=SIBLING))
    revision = world.fresh()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@scenario("seen late: the last of several moves is wrong", weight=2)
def late_wrong(world, kind):
    world.product.registry.push(world.build(world.fresh()))
    world.push(kind, world.build(some_commit(world), source=SIBLING), REVERTED)


@scenario("seen late: an older build after one that nobody saw", weight=1)
def late_older(world, kind):
    older, newer = world.fresh(), world.fresh()
    world.product.registry.push(world.build(newer))
    world.push(kind, world.build(older), HELD, REVERTED)
    revision = world.fresh()
    world.push(f"{kind}, then in order", world.build(revision), SILENT, revision=revision)
