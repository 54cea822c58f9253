"""Scenarios of signatures, where the policy requires them: labels may accuse, but never acquit."""

from tests.simulation.scenario import SIGNED, scenario
from tests.simulation.strangers import BASE_SOURCE, SIBLING, some_commit
from tests.simulation.tally import HELD, REVERTED, SILENT

FORK = "https://github.com/alice/acquacotta"


@scenario("labels of the right commit, not signed", requires=SIGNED, weight=5)
def copied_labels(world, kind):
    revision = world.good if world.maybe() else world.fresh()
    world.push(kind, world.build(revision, signed=False), HELD)
    if world.maybe():
        world.push(f"{kind}, then its own build", world.build(world.good), SILENT)
    revision = world.fresh()
    world.push(f"{kind}, then in order", world.build(revision), SILENT, revision=revision)


@scenario("labels of the right commit, signed by a stranger", requires=SIGNED, weight=4)
def stranger_signs(world, kind):
    build = world.build(world.good, signed=False)
    if world.maybe():
        # The signature says what it was built of, whatever the labels say.
        world.sign(build, some_commit(world), SIBLING, beside=True)
        world.push(kind, build, REVERTED)
    else:
        world.sign(build, world.good, FORK, beside=True)
        world.push(f"{kind}: a fork at the same commit", build, HELD)


@scenario("another build's signature", requires=SIGNED, weight=4)
def another_signature(world, kind):
    donor = world.good_build
    if donor.digest not in world.signed:
        return
    revision = world.good if world.maybe() else world.fresh()
    build = world.build(revision, signed=False)
    world.signed.copy(donor.digest, build.digest)
    world.push(kind, build, HELD)


@scenario("signed after the push", requires=SIGNED, weight=5)
def signed_later(world, kind):
    revision = world.fresh()
    build = world.build(revision, signed=False)
    if world.rng.random() < 0.7:
        world.push(kind, build, SILENT, revision=revision, then=lambda: world.sign(build, revision))
        return
    world.push(f"{kind}, too late", build, HELD)
    world.sign(build, revision)
    world.look(f"{kind}, too late: when it is there", build, SILENT, revision=revision)


@scenario("inherited labels, signed after the push", requires=SIGNED)
def inherited_signed_later(world, kind):
    made, now = world.builder, world.now
    labels = made.labels(some_commit(world), now, source=BASE_SOURCE)
    build = made.observation(made.image(labels, now))
    # What labels say is told while nothing better is known, and never more than told.
    world.push(kind, build, SILENT, HELD, then=lambda: world.sign(build))
    world.look(f"{kind}: when it is there", build, SILENT, revision=world.good)


@scenario("signed for a trigger that is not named", requires=SIGNED, weight=3)
def trigger(world, kind):
    build = world.build(world.good, signed=False)
    world.sign(build, trigger=world.rng.choice(["pull_request_target", "workflow_run"]))
    world.push(kind, build, HELD)


@scenario("signed by another repository's workflow", requires=SIGNED)
def another_workflow(world, kind):
    build = world.build(world.good, signed=False)
    path = f"{SIBLING}/.github/workflows/build.yml@refs/heads/main"
    world.sign(build, workflow=path)
    world.push(kind, build, HELD)


@scenario("signed through another issuer", requires=SIGNED)
def another_issuer(world, kind):
    build = world.build(world.good, signed=False)
    world.sign(build, issuer="https://gitlab.example.org")
    world.push(kind, build, HELD)


@scenario("signed for two commits", requires=SIGNED)
def two_commits(world, kind):
    earlier = world.older()
    if earlier:
        build = world.build(world.good, signed=False)
        world.sign(build, beside=True)
        world.sign(build, earlier, beside=True)
        world.push(kind, build, HELD)
