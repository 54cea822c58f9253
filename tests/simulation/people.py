"""Scenarios of people: rollbacks with and without notice, approvals, and what follows them."""

from tests.simulation.scenario import scenario
from tests.simulation.strangers import SIBLING, some_commit
from tests.simulation.tally import HELD, REVERTED, SILENT


@scenario("old digest put back by hand", weight=4)
def put_back(world, kind):
    build, _ = world.earlier_build()
    if not build:
        return
    world.push(kind, build, HELD)
    if world.rng.random() < 0.5:
        # Nobody said why; the pipeline's next rebuild may take the tag again.
        world.push(f"{kind}, then a rebuild", world.build(world.good), SILENT, HELD)
    revision = world.fresh()
    world.push(f"{kind}, then in order", world.build(revision), SILENT, revision=revision)


@scenario("rolled back with approval", weight=4)
def approved(world, kind):
    build, old = world.earlier_build()
    if world.rng.random() < 0.5 or not build:
        old = world.older()
        build = old and world.build(old)
    if not build:
        return
    left = world.good
    world.product.approve(build.digest)
    world.push(kind, build, SILENT, revision=old)
    after_a_rollback(world, kind, left)


@scenario("rolled back, approved afterwards", weight=3)
def approved_late(world, kind):
    build, old = world.earlier_build()
    if not build:
        return
    left = world.good
    world.push(kind, build, HELD)
    world.product.approve(build.digest)
    world.look(f"{kind}: the approval", build, SILENT, revision=old)
    after_a_rollback(world, kind, left)


def after_a_rollback(world, kind, left):
    """Let what was rolled back from return, a zombie come, and then something newer."""
    approved_build, old = world.good_build, world.good
    if world.rng.random() < 0.6:
        for _ in range(world.rng.randint(1, 2)):
            world.push(f"{kind}, and it returns", world.build(left), HELD)
    if world.rng.random() < 0.3:
        world.push(
            f"{kind}, then a stranger", world.build(some_commit(world), source=SIBLING), REVERTED
        )
    if world.rng.random() < 0.3 and (older := world.older()):
        world.push(f"{kind}, then an older one", world.build(older), REVERTED, HELD)
    if world.rng.random() < 0.3:
        world.push(f"{kind}, the same again", approved_build, SILENT, revision=old)
    revision = world.fresh()
    world.push(f"{kind}, then something newer", world.build(revision), SILENT, revision=revision)
    if world.rng.random() < 0.5:
        world.push(f"{kind}, newer, rebuilt", world.build(revision), SILENT, revision=revision)


@scenario("an old job run again as a rollback", weight=1)
def rerun(world, kind):
    if old := world.older():
        world.push(kind, world.build(old), HELD)


@scenario("an unlabelled build, approved")
def approved_unlabelled(world, kind):
    build = world.builder.observation(world.builder.image({}, world.now))
    if world.rng.random() < 0.3:
        build = world.build(some_commit(world), source=SIBLING)
    world.product.approve(build.digest)
    world.push(kind, build, SILENT)
    world.accept(build, None)
    if world.rng.random() < 0.4:
        world.push(
            f"{kind}, then a stranger", world.build(some_commit(world), source=SIBLING), REVERTED
        )
    revision = world.fresh()
    world.push(f"{kind}, then in order", world.build(revision), SILENT, revision=revision)
