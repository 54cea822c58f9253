"""Labels as build tools write them, and what is read of them."""

from datetime import timedelta

from tests.core.examples import ALIAS, NOW, OURS, URL, digest, image, observation, revision
from watchdog.core.claims import CREATED
from watchdog.core.evidence import Basis, Evidence, read_evidence
from watchdog.core.inheritance import KnownImage
from watchdog.core.reference import Repository

SOURCE, REVISION = "org.opencontainers.image.source", "org.opencontainers.image.revision"
VCS_URL, VCS_REF = "org.label-schema.vcs-url", "org.label-schema.vcs-ref"
FOREIGN = "https://github.com/crunchtools/acquacotta-old"
MINE = {SOURCE: URL, REVISION: revision("mine"), CREATED: NOW.isoformat()}
THEIRS = {
    SOURCE: FOREIGN,
    REVISION: revision("theirs"),
    CREATED: (NOW - timedelta(days=9)).isoformat(),
}
EARLIER = {**MINE, REVISION: revision("theirs"), CREATED: THEIRS[CREATED]}
BASE = Repository.parse("quay.io/hummingbird/python")
BASE_LAYERS = (digest("base layer"),)


def read(*images, known=(), annotations=()):
    return read_evidence(observation(*images, annotations=annotations), known, (OURS, ALIAS))


def read_labels(labels, known=(), **changes):
    return read(image(labels, **changes), known=known)


def other(labels, repository=BASE, diff_ids=BASE_LAYERS, name="base"):
    return KnownImage(repository, digest(name), diff_ids, tuple(labels.items()))


def without(labels, *keys):
    return {key: value for key, value in labels.items() if key not in keys}


def claim(source=OURS, name="mine", *, own=True, inherited_by=None, stale=False):
    return Evidence(Basis.LABEL, source, revision(name), own, inherited_by, stale=stale)
