"""Good documents of each kind that comes from outside: what the fuzzing begins with."""

import base64
import json
from pathlib import Path

from watchdog.core.artifact import BUNDLE_TYPE, STATEMENT_TYPE
from watchdog.core.oci import DOCKER_LIST, OCI_INDEX, OCI_MANIFEST
from watchdog.core.reference import Digest

RECORDED = Path(__file__).parents[1] / "fixtures" / "receive"
IMAGE = Digest.of(b"image")
COMMIT = "1" * 40
URL = "https://github.com/acme/app"
LABELS = {
    "org.opencontainers.image.source": URL,
    "org.opencontainers.image.revision": COMMIT,
    "org.opencontainers.image.created": "2026-05-18T04:30:00Z",
    "org.opencontainers.image.base.name": "quay.io/acme/base:latest",
    "org.label-schema.vcs-url": URL,
    "org.label-schema.vcs-ref": COMMIT[:7],
    "vcs-type": "git",
}


def descriptor(media_type=OCI_MANIFEST, **more):
    return {"mediaType": media_type, "digest": str(IMAGE), "size": 9, **more}


PLATFORM = {"os": "linux", "architecture": "arm64", "variant": "v8"}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": OCI_MANIFEST,
    "config": descriptor("application/vnd.oci.image.config.v1+json"),
    "layers": [descriptor(STATEMENT_TYPE, annotations={"in-toto.io/predicate-type": "x"})],
    "annotations": LABELS,
}
ARTIFACT = MANIFEST | {"artifactType": BUNDLE_TYPE, "subject": descriptor()}
INDEX = {
    "mediaType": OCI_INDEX,
    "manifests": [descriptor(platform=PLATFORM, artifactType=BUNDLE_TYPE, annotations=LABELS)] * 2,
    "annotations": LABELS,
}
LIST = INDEX | {"mediaType": DOCKER_LIST}
CONFIG = {
    **PLATFORM,
    "created": "2026-05-18T04:30:00.123456789Z",
    "config": {"Labels": LABELS},
    "rootfs": {"type": "layers", "diff_ids": [str(IMAGE), str(Digest.of(b"more"))]},
}
_GIT = {"uri": f"{URL}.git#refs/heads/main", "digest": {"sha1": COMMIT}}
_VCS = {"source": URL, "revision": COMMIT}
_ABOUT = {"subject": [{"name": "image", "digest": {"sha256": IMAGE.hex}}]}
STATEMENTS = [
    _ABOUT
    | {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "predicate": {
            "invocation": {"configSource": _GIT},
            "materials": [_GIT],
            "metadata": {"https://mobyproject.org/buildkit@v1#metadata": {"vcs": _VCS}},
        },
    },
    _ABOUT
    | {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "externalParameters": {
                    "configSource": _GIT,
                    "workflow": {"repository": URL},
                    "source": _GIT,
                },
                "resolvedDependencies": [_GIT],
            },
            "runDetails": {"metadata": {"buildkit_metadata": {"vcs": _VCS}}},
        },
    },
]
BUNDLE = {
    "mediaType": BUNDLE_TYPE,
    "verificationMaterial": {
        "certificate": {"rawBytes": "AAAA"},
        "tlogEntries": [
            {
                "logIndex": "1",
                "logId": {"keyId": "AAAA"},
                "kindVersion": {"kind": "dsse", "version": "0.0.1"},
                "integratedTime": "1700000000",
                "inclusionPromise": {"signedEntryTimestamp": "AAAA"},
                "inclusionProof": {"checkpoint": {"envelope": "x"}, "hashes": []},
                "canonicalizedBody": "e30=",
            }
        ],
        "timestampVerificationData": {"rfc3161Timestamps": []},
    },
    "dsseEnvelope": {
        "payload": base64.b64encode(json.dumps(STATEMENTS[1]).encode()).decode(),
        "payloadType": STATEMENT_TYPE,
        "signatures": [{"sig": "AAAA"}],
    },
}
HOOKS = [json.loads(path.read_bytes()) for path in sorted(RECORDED.glob("*.json"))]
CREDENTIALS = {
    "auths": {
        "quay.io/acme": {"auth": base64.b64encode(b"user:password").decode()},
        "https://index.docker.io/v1/": {"identitytoken": "token"},
    },
    "credHelpers": {"ghcr.io": "no-such-helper"},
    "credsStore": "no-such-store",
}
POLICY = {
    "registries": {"quay.io": {"plain_http": "false", "kind": "quay"}},
    "bases": ["quay.io/acme/base:latest"],
    "defaults": {"max_lag": "2h", "refs": ["HEAD", "v*"]},
    "watch": [
        {"image": "quay.io/acme/*", "source": "https://github.com/acme/{name}", "tags": ["v*"]},
        {
            "image": "quay.io/acme/app",
            "source": URL,
            "aliases": [URL + "-old"],
            "require": "signed",
            "enforce": "revert",
            "revert_on": ["older-commit"],
            "signed": {"workflows": [".github/workflows/build.yml"]},
        },
    ],
}
ERRORS = {"errors": [{"code": "DENIED", "message": "no"}], "token": "t", "expires_in": 60}
ATTESTATIONS = {
    "attestations": [
        {"bundle": BUNDLE, "bundle_url": "https://store.example/1.json.sn?sig=x"},
        {"bundle": None, "bundle_url": "https://store.example/2.json.sn?sig=x"},
    ]
}
