"""What a signed payload says: the in-toto statement, and in it the SLSA provenance.

Only read after its signature was verified. It never names the source of a claim (the certificate
does): it says what the claim is about, and may contradict the certificate.
Sources: in-toto/attestation spec v1, slsa.dev/provenance v0.2 and v1, BuildKit's
slsa-definitions.md, GitHub's actions/toolkit `provenance.ts`.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from watchdog.core.commits import Revision, parse_revision
from watchdog.core.document import decode_json
from watchdog.core.reference import Digest
from watchdog.core.source import Source, parse_source
from watchdog.errors import MalformedError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPES = frozenset(
    {"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"}
)
SLSA_V02 = "https://slsa.dev/provenance/v0.2"
SLSA_V1 = "https://slsa.dev/provenance/v1"
PROVENANCE_TYPES = frozenset({SLSA_V02, SLSA_V1})


@dataclass(frozen=True, slots=True)
class Material:
    """A git repository that went into a build, and the commit if it is given."""

    source: Source
    revision: Revision | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated, about which artifacts.

    `built` is what the build was asked to build, `materials` all that went into it; both only as
    far as they name git repositories.
    """

    statement_type: str
    predicate_type: str
    subjects: frozenset[Digest]
    built: Material | None
    materials: tuple[Material, ...]


def read_statement(payload: bytes) -> Statement:
    """Read an in-toto statement; raises MalformedError where it is no JSON object."""
    document = decode_json(payload, "the signed payload")
    predicate = _object(document, "predicate")
    definition = _object(predicate, "buildDefinition")
    listed = (*_list(predicate, "materials"), *_list(definition, "resolvedDependencies"))
    return Statement(
        statement_type=_text(document, "_type"),
        predicate_type=_text(document, "predicateType"),
        subjects=frozenset(_subjects(document)),
        built=next(_built(predicate, definition), None),
        materials=tuple(found for one in listed if (found := _material(one, "uri"))),
    )


def contradiction(statement: Statement, source: Source, revision: Revision) -> str | None:
    """Say how a statement contradicts the commit of `source` that its certificate names."""
    built = (statement.built,) if statement.built else ()
    for materials in (built, statement.materials):
        said = [one.revision for one in materials if one.source == source and one.revision]
        if said and revision not in said:
            return f"its payload says {said[0][:12]} of {source}, its certificate {revision[:12]}"
        if said:
            return None
    return None


def _subjects(document: dict[str, Any]) -> Iterator[Digest]:
    for subject in _list(document, "subject"):
        digests = _object(subject, "digest")
        for algorithm in ("sha256", "sha512"):
            with contextlib.suppress(MalformedError):
                yield Digest(algorithm, _text(digests, algorithm).lower())


def _built(predicate: dict[str, Any], definition: dict[str, Any]) -> Iterator[Material]:
    """Find what the build was asked to build: the places of SLSA v0.2, GitHub, BuildKit, slsa."""
    parameters = _object(definition, "externalParameters")
    for holder, key, uri in (
        (_object(predicate, "invocation"), "configSource", "uri"),
        (parameters, "workflow", "repository"),
        (parameters, "configSource", "uri"),
        (parameters, "source", "uri"),
    ):
        if found := _material(_object(holder, key), uri):
            yield found


def _material(document: dict[str, Any], key: str) -> Material | None:
    uri, digests = _text(document, key), _object(document, "digest")
    # The `sha256` of what is not plainly git is a file's.
    names = ("gitCommit", "sha1", "sha256") if uri.startswith("git+") else ("gitCommit", "sha1")
    try:
        source = parse_source(uri)[0]
    except MalformedError:
        return None
    for name in names:
        with contextlib.suppress(MalformedError):
            return Material(source, parse_revision(_text(digests, name)))
    return Material(source, None)


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _list(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = document.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(document: dict[str, Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
