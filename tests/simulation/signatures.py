"""Who signed what: a stand-in at the seam where verified signatures enter the product's path.

A bundle is the claim itself; what is asked of it is what a verifier asks last, whether it is about
this very digest. That a signature is genuine is not played: `tests/provenance` tries that with real
ones. What the claim is then worth is the product's own to say.
"""

from collections import defaultdict
from dataclasses import replace

from watchdog.core.observation import Signatures
from watchdog.core.signing import GITHUB_ISSUER, Examined, Kind, SignedClaim
from watchdog.core.source import parse_source

SBOM = "an SBOM"


class Signed:
    """The attestations of all builds: most beside the image, some at the source's forge alone."""

    def __init__(self, rng, *names):
        self._rng = rng
        self._names = {parse_source(name)[0] for name in names}
        self._beside, self._kept = defaultdict(list), defaultdict(list)

    def sign(self, digest, url, revision, *, beside=False, **how):
        """Sign a digest as a workflow of the repository at `url` does; `how` changes the claim."""
        source, _ = parse_source(url)
        workflow = f"https://{source}/.github/workflows/build.yml@refs/heads/main"
        claim = SignedClaim(
            issuer=GITHUB_ISSUER,
            source=source,
            revision=revision,
            ref="refs/heads/main",
            workflow=workflow,
            trigger=self._rng.choice(["push", "schedule", "workflow_dispatch"]),
            repository_id="1",
            run=f"https://{source}/actions/runs/1",
            subject=digest,
        )
        claim = replace(claim, **how)
        if self._rng.random() < 0.2:
            self._beside[digest].append(SBOM)
        at_the_forge = not beside and self._rng.random() < 0.2
        (self._kept if at_the_forge else self._beside)[digest].append(claim)

    def copy(self, donor, digest):
        """Lay the attestations of one build beside another."""
        self._beside[digest] += self._beside[donor]

    def __contains__(self, digest):
        return digest in self._beside

    def beside(self, _tag, digest):
        """What the registry client answers."""
        return Signatures(tuple(self._beside.get(digest, ())))

    def kept(self, _source, digest):
        """What the forge answers about the policy's repository, under whichever of its names."""
        found = (one for one in self._kept.get(digest, ()) if one.source in self._names)
        return Signatures(tuple(found))

    @staticmethod
    def examine(bundle, digest):
        """What the verifier answers of a genuine bundle."""
        if bundle == SBOM:
            return Examined(Kind.OTHER, f"it is {SBOM}")
        if bundle.subject != digest:
            return Examined(Kind.BAD, f"it is about {bundle.subject}")
        return Examined(Kind.VERIFIED, "", bundle)
