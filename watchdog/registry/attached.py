"""BuildKit's provenance that no index names: attestation manifests that only refer to an image.

They are what is left where one platform's image was copied, or tagged, without its index; and some
tools attach to the index itself. Sources: moby/buildkit#5573 (`oci-artifact=true`), OCI
distribution-spec 1.1, "Listing Referrers". When it is worth to ask for them is left to
`core.evidence.worth_asking`, what they claim to `core.buildkit`.
"""

import time
from dataclasses import replace

from watchdog.core.artifact import ATTESTATION_TYPE, attached_provenance, parse_artifact
from watchdog.core.buildkit import subjects_among
from watchdog.core.observation import Attestation, Observation
from watchdog.core.oci import Descriptor
from watchdog.core.reference import Digest
from watchdog.errors import MalformedError
from watchdog.registry.content import ContentClient
from watchdog.registry.referrers import ReferrersClient
from watchdog.registry.statements import Statements

ARTIFACTS_MAX = 32
"""Attestation manifests that are read for one tag: two for each platform, at most."""


class AttachedReader:
    """Adds to an observation what refers to it; thread safe."""

    def __init__(
        self, content: ContentClient, referrers: ReferrersClient, *, timeout_s: float
    ) -> None:
        self._content, self._referrers = content, referrers
        self._timeout_s = timeout_s

    def read(self, observation: Observation, images: tuple[Digest, ...]) -> Observation:
        """Read the provenance that refers to these images, else to the index that names them.

        One request lists what refers to one of them, two more read it. What cannot be used is left
        out and named.
        """
        until = time.monotonic() + self._timeout_s
        held = Statements(
            self._content, observation.tag, until, observation.attestations, observation.remarks
        )
        search = _Search(self._content, self._referrers, observation, held)
        for image in images:
            search.refers_to(image)
        found = {one.manifest for one in held.attestations}
        own = {image.manifest for image in observation.images}
        if observation.digest not in own and not found.issuperset(images):
            search.refers_to(observation.digest)
        return replace(
            observation,
            attestations=tuple(held.attestations),
            remarks=tuple(held.remarks),
            referrers_read=True,
        )


class _Search:
    """One tag's referrers, each of them read once, ARTIFACTS_MAX in all."""

    def __init__(
        self,
        content: ContentClient,
        referrers: ReferrersClient,
        observation: Observation,
        held: Statements,
    ) -> None:
        self._content, self._referrers = content, referrers
        self._tag, self._held = observation.tag, held
        self._index = observation.digest
        self._images = tuple(image.manifest for image in observation.images)
        # What the index names as well was read, or left out, with it.
        self._seen = {manifest.digest for manifest in observation.manifests}
        self._count = 0

    def refers_to(self, subject: Digest) -> None:
        """Read what refers to an image or to the index."""
        self._held.check_time()
        listed = self._referrers.referrers(self._tag, subject, ATTESTATION_TYPE)
        fresh = [entry for entry in listed if entry.digest not in self._seen]
        room = ARTIFACTS_MAX - self._count
        for entry in fresh[:room]:
            self._seen.add(entry.digest)
            self._count += 1
            self._held.attempt(f"attestation {entry.digest.short}", self._entry, entry, subject)
        if len(fresh) > room:
            left = len(fresh) - room
            self._held.remark(f"{left} more attestations of {subject.short} were not read")

    def _entry(self, entry: Descriptor, subject: Digest) -> None:
        """Read one attestation manifest's statements."""
        self._held.check_time()
        artifact = parse_artifact(self._content.get_manifest(self._tag, entry))
        for predicate, layer in attached_provenance(artifact, subject):
            what = f"provenance {layer.digest.short}"
            self._held.attempt(what, self._statement, subject, predicate, layer)

    def _statement(self, subject: Digest, predicate: str, layer: Descriptor) -> None:
        statement = self._held.read(layer)
        if subject in self._images:
            self._held.attestations.append(Attestation(subject, statement, predicate))
            return
        named = subjects_among(statement, (self._index, *self._images))
        if not named:
            raise MalformedError("its statement names neither the index nor an image of it")
        about = self._images if self._index in named else [i for i in self._images if i in named]
        self._held.attestations += (
            Attestation(image, statement, predicate, self._index) for image in about
        )
