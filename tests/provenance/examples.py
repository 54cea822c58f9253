"""Statements and certificates as GitHub's attestations have them."""

import json

from watchdog.core.reference import Digest

ISSUER = "https://token.actions.githubusercontent.com"
SOURCE = "https://github.com/crunchtools/acquacotta"
COMMIT = "9b45" * 10
OTHER_COMMIT = "dead" * 10
IMAGE = Digest.of(b"the image")
SLSA_V02 = "https://slsa.dev/provenance/v0.2"
SLSA_V1 = "https://slsa.dev/provenance/v1"


def extensions(**changed):
    """The extensions of a GitHub certificate, by number; `n13=None` leaves one out."""
    said = {
        8: ISSUER,
        12: SOURCE,
        13: COMMIT,
        14: "refs/heads/main",
        15: "123456",
        18: f"{SOURCE}/.github/workflows/build.yml@refs/heads/main",
        20: "push",
        21: f"{SOURCE}/actions/runs/1/attempts/1",
    }
    said |= {int(name.removeprefix("n")): text for name, text in changed.items()}
    return {number: text for number, text in said.items() if text is not None}


def statement(
    predicate=None, *, predicate_type=SLSA_V1, subject=IMAGE, kind="https://in-toto.io/Statement/v1"
):
    """The bytes of a statement about the image."""
    return json.dumps(
        {
            "_type": kind,
            "subject": [{"name": "image", "digest": {subject.algorithm: subject.hex}}],
            "predicateType": predicate_type,
            "predicate": provenance() if predicate is None else predicate,
        }
    ).encode()


def provenance(commit=COMMIT, source=SOURCE):
    """A predicate as GitHub writes it."""
    return {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {"ref": "refs/heads/main", "repository": source, "path": "build.yml"}
            },
            "resolvedDependencies": [
                {"uri": f"git+{source}@refs/heads/main", "digest": {"gitCommit": commit}}
            ],
        }
    }
