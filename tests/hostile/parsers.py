"""Everything that reads bytes or text from outside, each with good examples of what it reads."""

import contextlib
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cramjam
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.hostile import documents as good
from tests.hostile.shapes import TEXTS, bodies
from tests.web import seed
from watchdog.core import (
    artifact,
    claims,
    commits,
    document,
    duration,
    globs,
    message,
    oci,
    reference,
    source,
    version,
)
from watchdog.core.buildkit import read_provenance
from watchdog.core.evidence import named_by_tag, read_evidence
from watchdog.core.inheritance import claims_of, known_images, named_bases
from watchdog.core.observation import Attestation, Image, Observation
from watchdog.policy_file import read_policy
from watchdog.provenance import github, statement
from watchdog.provenance.sigstore import SigstoreVerifier
from watchdog.provenance.snappy import decompressed
from watchdog.receive.hook import Hook
from watchdog.receive.receivers import RECEIVERS
from watchdog.registry import failures, keychain, pages, tokens
from watchdog.registry.challenge import parse_challenge
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import Origin, Reply
from watchdog.store.records import _KNOWN, _MEMORY, _MOVE

TAG = reference.Tag.parse("quay.io/acme/app:latest")
SOURCE = source.parse_source(good.URL)[0]
ORIGIN = Origin.of("https://quay.io/")
VERIFIER = SigstoreVerifier()
HEADERS = {"content-type": "application/json", "x-github-event": "package"}


@dataclass(frozen=True)
class Parser:
    """What is read, and what reads it."""

    inputs: st.SearchStrategy[Any]
    read: Any


def evidence(body):
    """Read the claims of an image whose config and statement are this body, in three places."""
    config = oci.parse_config(body)
    image = Image(
        config.platform, good.IMAGE, config.created, config.labels, config.labels, config.diff_ids
    )
    statements = (Attestation(good.IMAGE, body, "https://slsa.dev/provenance/v1"),)
    seen = Observation(TAG, good.IMAGE, config.labels, (image,), (), statements)
    known = known_images(seen)
    read_evidence(seen, known, (SOURCE,))
    named_bases(image, seen)
    claims_of(image.labels)


def compressed(body):
    return bytes(cramjam.snappy.compress_raw(body))


def hook(body):
    """Let every receiver read a hook, with a registry named in its URL and without."""
    for receive in RECEIVERS.values():
        for registry in (None, "quay.io"):
            with_own_errors(receive, Hook(body, HEADERS, registry))


def answer(body):
    """Read what a registry's answer says beside its content."""
    text = body.decode("latin-1").replace("\n", " ")
    headers = {"Retry-After": text, "Link": f"<{text}>; rel=next", "WWW-Authenticate": text}
    reply = Reply(429, headers, body, ORIGIN)
    failures.refusal(reply, "it")
    failures.error_code(reply)
    failures.retry_after(reply)
    pages.next_page(reply)
    with_own_errors(tokens._read_token, reply, "it", 0.0)
    with_own_errors(keychain._read, body, "it")


def in_a_file(read):
    """Read the body from a file, as a person or a tool left it."""

    def from_file(body):
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            return read(Path(file.name))

    return from_file


def credentials(path):
    environ = {"REGISTRY_AUTH_FILE": str(path), "PATH": "/nonexistent"}
    return Credentials.load(environ).find(TAG.repository)


def record(body):
    """Read what the store kept, which is our own: the validating library says what is wrong."""
    for adapter in (_MEMORY, _MOVE, _KNOWN):
        with contextlib.suppress(ValidationError):
            with_own_errors(adapter.validate_json, body)


def text(body):
    """Let everything that reads a short text read this one."""
    for read in TEXT_READERS:
        with_own_errors(read, body)


def with_own_errors(read, *arguments):
    """Read; the product's own errors are what a caller expects."""
    from watchdog.errors import WatchdogError  # noqa: PLC0415  (the one error that is right)

    try:
        return read(*arguments)
    except WatchdogError:
        return None


TEXT_READERS = (
    source.parse_source,
    source.without_secrets,
    source.holds_credentials,
    commits.parse_revision,
    commits.parse_ref_pattern,
    reference.Tag.parse,
    reference.Digest.parse,
    reference.Repository.parse,
    version.parse_version,
    duration.parse_duration,
    globs.check_image_glob,
    globs.check_tag_glob,
    message.plain,
    oci.parse_time,
    parse_challenge,
    lambda text: named_by_tag(text, SOURCE),
    lambda text: version.higher([text, "v1.0.0"], ["1.0.0", text]),
    lambda text: claims.read_claim(text, good.COMMIT, "source", "revision"),
    lambda text: claims.read_claim(good.URL, text, "source", "revision"),
    lambda text: claims.read_claims(dict.fromkeys(good.LABELS, text)),
    Origin.of,
)
NOW = datetime(2026, 5, 18, tzinfo=UTC)
REJECTED = seed.rejected(seed.ACQUACOTTA, now=NOW)
MEMORY = json.loads(_MEMORY.dump_json(REJECTED))
MOVE = json.loads(_MOVE.dump_json(seed.move(REJECTED, NOW)))
MANIFESTS = [good.MANIFEST, good.ARTIFACT, good.INDEX, good.LIST]
PARSERS = {
    "manifest": Parser(bodies(MANIFESTS), lambda b: oci.parse_manifest(b, oci.OCI_MANIFEST)),
    "index": Parser(bodies(MANIFESTS), lambda b: oci.parse_manifest(b, oci.OCI_INDEX)),
    "config": Parser(bodies([good.CONFIG]), oci.parse_config),
    "json": Parser(bodies(MANIFESTS), lambda b: document.decode_json(b, "it")),
    "artifact": Parser(bodies(MANIFESTS), artifact.parse_artifact),
    "referrers": Parser(bodies([good.INDEX]), artifact.parse_referrers),
    "buildkit": Parser(
        bodies(good.STATEMENTS), lambda b: read_provenance(Attestation(good.IMAGE, b, "x"))
    ),
    "evidence": Parser(bodies([good.CONFIG, good.CONFIG | good.STATEMENTS[0]]), evidence),
    "statement": Parser(bodies(good.STATEMENTS), statement.read_statement),
    "bundle": Parser(bodies([good.BUNDLE]), lambda b: VERIFIER.examine(b, good.IMAGE)),
    "github": Parser(
        bodies([good.ATTESTATIONS]),
        lambda b: github.attestations(
            github.Forge(lambda _, __: b, lambda _, __: b), SOURCE, good.IMAGE
        ),
    ),
    "snappy": Parser(
        st.binary(max_size=200) | st.binary(max_size=2000).map(compressed),
        lambda b: decompressed(b, 1024),
    ),
    "hook": Parser(bodies(good.HOOKS), hook),
    "answer": Parser(bodies([good.ERRORS]), answer),
    "credentials": Parser(bodies([good.CREDENTIALS]), in_a_file(credentials)),
    "policy": Parser(bodies([good.POLICY]), in_a_file(read_policy)),
    "record": Parser(
        bodies([MEMORY, json.loads(_MOVE.dump_json(seed.move(REJECTED, NOW)))]), record
    ),
    "text": Parser(TEXTS, text),
}
