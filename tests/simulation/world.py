"""One simulated source, its builds and the watched tag: the generator's side, and the oracle.

A scenario moves git and the registry on and says of each push what a careful person, who knows what
happened, would want. What the watchdog did is compared with that and counted by class.
"""

import random
from datetime import timedelta
from enum import StrEnum

from tests.simulation.images import Builder
from tests.simulation.product import ALIAS, URL, Product
from tests.simulation.releases import Releases
from tests.simulation.repository import History, near_clone
from tests.simulation.signatures import Signed
from tests.simulation.tally import HELD, REVERTED, RIGHT, SILENT, TOLD, fault_of
from watchdog.core.rule import Require
from watchdog.core.telling import Telling
from watchdog.core.verdict import Outcome
from watchdog.history.mirror import Mirror

WRONG = {Telling.WRONG, Telling.WRONG_AGAIN}


class Policy(StrEnum):
    """What a world's `latest` follows, and what its policy allows."""

    MAIN = "HEAD"
    NAMED = "main"
    DEFAULT = "HEAD v*"
    RELEASES = "v*"
    TAGGED = "HEAD v* (releases only)"

    @property
    def refs(self):
        return tuple(self.value.partition(" (")[0].split())

    @property
    def releases(self):
        """Whether `latest` is built of releases, never of a branch."""
        return self in {Policy.RELEASES, Policy.TAGGED}


class World:
    """One source, one tag. `good` is the revision that the tag should hold, in a person's eyes."""

    def __init__(
        self,
        seed,
        folder,
        tally,
        *,
        require=Require.LABELS,
        policy=None,
        git=None,
        mirror=None,
        url=URL,
    ):
        self.rng = rng = random.Random(seed)
        self.seed, self.tally, self.require = seed, tally, require
        self.policy = policy or rng.choices(list(Policy), (2, 1, 4, 2, 3))[0]
        self.git = git or History(folder, rng)
        self.releases = Releases(self.git, rng)
        self.url = url
        self.builder, self.signed = Builder(rng, url), Signed(rng, url, ALIAS)
        self.aliased = rng.random() < 0.5
        mirror = mirror or Mirror(near_clone(self.git))
        self.product = Product(mirror, self.policy.refs, self.signed, url=url, require=require)
        if self.aliased:
            self.product.follow_policy(aliases=[ALIAS])
        self.good = self.good_build = None
        self.right = {}
        """Builds that were right when they were pushed: digest to revision, oldest first."""
        self.story = []

    @property
    def now(self):
        return self.product.now

    def later(self):
        """Let days pass, more than the limit of reverts wants, while people push other things."""
        self.product.now += timedelta(days=self.rng.randint(1, 9), minutes=7)
        if self.rng.random() < 0.15:
            # `v*` is a glob of tags: this branch is not allowed, whatever it is called.
            name = self.rng.choice(["wip", "vendor-update", "v2", "feature/x"])
            self.git.refs[f"refs/heads/{name}"] = self.git.commit(self.releases.main)

    def fresh(self):
        """Let the source move on by what `latest` follows; returns the revision to be built."""
        if self.policy.releases:
            return self.releases.release()
        self.releases.advance()
        if self.policy is Policy.DEFAULT and self.rng.random() < 0.3:
            self.releases.tag_main()
        return self.releases.main

    def build(self, revision, *, signed=None, **how):
        """Build as labelled; a pipeline signs what it builds, a stranger's may or may not."""
        build = self.builder.build(revision, self.now, **how)
        source = how.get("source") or self.url
        if signed is None:
            signed = source in {self.url, ALIAS} or self.maybe()
        if signed:
            self.sign(build, revision, source)
        return build

    def sign(self, build, revision=None, source=None, **how):
        """Sign a build, where anybody does: its own pipeline, of `good`, unless said otherwise."""
        if self.require is Require.SIGNED:
            signer = source or self.url
            self.signed.sign(build.digest, signer, revision or self.good, **how)

    def maybe(self):
        return self.rng.random() < 0.5

    def push(self, kind, build, *wanted, revision=None, then=None):
        """Push a build, let the watchdog look until it is sure, and compare."""
        self.product.registry.push(build)
        return self.look(kind, build, *wanted, revision=revision, then=then)

    def look(self, kind, build, *wanted, revision=None, then=None):
        """Look at what was pushed; `then` happens between the first look and a second."""
        product = self.product
        self.git.publish()
        looks = [product.look()]
        if then:
            then()
            self.git.publish()
        while product.waits():
            looks.append(product.look())
        deed = _deed(looks)
        put_back = next((look.put_back for look in looks if look.put_back), None)
        if revision and (HELD not in wanted or deed in RIGHT):
            self.accept(build, revision)
        fault = fault_of(deed, wanted, target_is_right=self._is_right(put_back))
        words = " / ".join(", ".join(look.codes) for look in looks)
        self.story.append(f"{kind}: {deed} ({words})")
        world = f"{self.policy}, {self.require}, world {self.seed}"
        story = f"{world}: {' → '.join(self.story[-4:])}"
        self.tally.count(kind, fault, f"{story}; wanted {'|'.join(wanted)}")
        self.later()
        return deed

    def accept(self, build, revision):
        """Note that a build is what the tag should hold; one that names no commit has None."""
        self.good, self.good_build = revision or self.good, build
        self.right.pop(build.digest, None)
        self.right[build.digest] = revision

    def _is_right(self, put_back):
        """Tell whether a revert wrote the newest build that was right, or another of its commit."""
        if put_back is None or put_back == self.good_build.digest:
            return True
        return bool(self.right.get(put_back)) and self.right[put_back] == self.good

    def older(self):
        """Choose a commit before the good one, on the same line; None where there is none."""
        line = self.releases.line_of(self.good, tagged=self.policy.releases)
        return self.rng.choice(line) if line else None

    def earlier_build(self):
        """Choose a build that was right once and is no newer than the good one, with its commit."""
        builds, git = self.product.registry.builds, self.git
        found = [
            (builds[digest], revision)
            for digest, revision in self.right.items()
            if revision not in {None, self.good}
            and git.related(revision, self.good)
            and not git.contains(revision, self.good)
            and digest not in self.product.records.approvals
        ]
        return self.rng.choice(found) if found else (None, None)


def _deed(looks):
    """Say what the watchdog did in one or two looks at the same push."""
    if any(look.put_back for look in looks):
        return REVERTED
    tellings = {telling for look in looks for telling in look.tellings}
    last = looks[-1]
    if tellings & WRONG or (last.outcome is Outcome.REJECTED and last.told_before):
        return HELD
    return TOLD if Telling.INFORMATION in tellings else SILENT
