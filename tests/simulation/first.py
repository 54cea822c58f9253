"""First looks, at good moments and at bad ones."""

from tests.simulation.arrivals import before_git, pull_request
from tests.simulation.scenario import first_look
from tests.simulation.strangers import SIBLING, copied, some_commit, unlabelled
from tests.simulation.tally import HELD, SILENT


@first_look("first look: right")
def right(world, kind):
    revision = world.fresh()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@first_look("first look: an old build")
def old(world, kind):
    revision = world.fresh()
    for _ in range(world.rng.randint(1, 4)):
        world.fresh()
    world.push(kind, world.build(revision), SILENT, revision=revision)


@first_look("first look: a zombie")
def zombie(world, kind):
    world.push(kind, world.build(some_commit(world), source=SIBLING), HELD)


@first_look("first look: copied labels")
def copied_labels(world, kind):
    world.good = world.fresh()
    copied(world, kind)


@first_look("first look: no usable claim")
def no_claim(world, kind):
    world.good = world.fresh()
    unlabelled(world, kind)


@first_look("first look: off the branch")
def off_branch(world, kind):
    world.push(kind, world.build(pull_request(world)), HELD)


@first_look("first look: before git")
def early(world, kind):
    before_git(world, kind)


@first_look("first look: approved, unlabelled")
def approved(world, kind):
    build = world.builder.observation(world.builder.image({}, world.now))
    if world.rng.random() < 0.4:
        build = world.build(some_commit(world), source=SIBLING)
    world.product.approve(build.digest)
    world.push(kind, build, SILENT)
    world.accept(build, None)
