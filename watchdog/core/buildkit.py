"""BuildKit's provenance statements: what the builder says it built from.

Source: BuildKit's docs/attestations/slsa-definitions.md, for SLSA v0.2 and v1, modes min and max.
Nobody signed them: whoever can push can write them, but no base image can pass them on. Where the
build's context was a git URL, the builder itself saw the commit; for a local context it repeats
what it was told (`vcs`).
"""

from collections.abc import Collection, Mapping

from watchdog.core.claims import Claims, read_claim
from watchdog.core.document import decode_json
from watchdog.core.observation import Attestation
from watchdog.core.reference import Digest
from watchdog.errors import MalformedError

STATEMENT_TYPES = frozenset(
    {"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"}
)
_CONFIG_SOURCES: tuple[tuple[str, ...], ...] = (
    ("invocation", "configSource"),
    ("buildDefinition", "externalParameters", "configSource"),
)
_VCS: tuple[tuple[str, ...], ...] = (
    ("metadata", "https://mobyproject.org/buildkit@v1#metadata", "vcs"),
    ("runDetails", "metadata", "buildkit_metadata", "vcs"),
)
# The last is a commit's only where the context is git's: an archive over HTTP has one, too.
_COMMIT_DIGESTS = ("sha1", "gitCommit", "sha256")


def read_provenance(attestation: Attestation) -> Claims:
    """Read what a statement claims; a context seen by the builder goes before what it was told."""
    try:
        statement = decode_json(attestation.statement, "the build's provenance statement")
    except MalformedError as error:
        return Claims(problems=(str(error),))
    if _text(statement, "_type") not in STATEMENT_TYPES:
        return Claims(problems=("the build's provenance is no in-toto statement",))
    if not _is_about(statement, attestation):
        return Claims(problems=("the build's provenance is about another image",))
    predicate = statement.get("predicate")
    seen, told = Claims(), Claims()
    for path in _CONFIG_SOURCES:
        seen += _of_context(_at(predicate, path))
    for path in _VCS:
        told += _of_vcs(_at(predicate, path))
    return seen if seen.usable or seen.problems else told


def subjects_among(body: bytes, candidates: Collection[Digest]) -> frozenset[Digest]:
    """Say which of these a statement says it is about; raises MalformedError where it is none."""
    statement = decode_json(body, "the build's provenance statement")
    return frozenset(digest for digest in candidates if _names(statement, digest))


def _is_about(statement: Mapping[str, object], attestation: Attestation) -> bool:
    places = (attestation.manifest, attestation.index)
    return any(_names(statement, place) for place in places if place)


def _names(statement: Mapping[str, object], wanted: Digest) -> bool:
    subjects = statement.get("subject")
    if not isinstance(subjects, list):
        return False
    return any(
        _at(subject, ("digest",)).get(wanted.algorithm) == wanted.hex for subject in subjects
    )


def _of_context(source: Mapping[str, object]) -> Claims:
    """Read a git context: its URL, and the commit that the builder fetched."""
    digests = _at(source, ("digest",))
    uri = _text(source, "uri")
    keys = _COMMIT_DIGESTS if _is_git(uri) else _COMMIT_DIGESTS[:-1]
    commit = next((text for key in keys if (text := _text(digests, key))), "")
    if not uri or not commit:
        return Claims()
    return read_claim(uri, commit, "the context's uri", "the context's digest")


def _is_git(uri: str) -> bool:
    """Tell whether BuildKit fetches this address with git (its gitutil: a scheme, or `.git`)."""
    address = uri.partition("#")[0].partition("?")[0]
    return not address.startswith(("http://", "https://")) or address.endswith(".git")


def _of_vcs(vcs: Mapping[str, object]) -> Claims:
    """Read what a client said of the folder it sent."""
    url, revision = _text(vcs, "source"), _text(vcs, "revision")
    return read_claim(url, revision, "vcs:source", "vcs:revision") if url or revision else Claims()


def _at(value: object, path: tuple[str, ...]) -> Mapping[str, object]:
    """Follow a path of keys into JSON; an empty object where it does not lead to one."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    return value.strip() if isinstance(value, str) else ""
