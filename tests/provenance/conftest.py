"""One Sigstore instance of the tests' own, and a verifier that trusts it."""

import os

import pytest
from hypothesis import settings

from tests.provenance.authority import Authority
from watchdog.provenance.sigstore import SigstoreVerifier

settings.register_profile("here", max_examples=60, deadline=None)
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


@pytest.fixture(scope="session")
def authority():
    return Authority()


@pytest.fixture(scope="session")
def root(authority, tmp_path_factory):
    """The file that says to trust this authority."""
    path = tmp_path_factory.mktemp("root") / "trusted_root.json"
    path.write_bytes(authority.root())
    return path


@pytest.fixture(scope="session")
def verifier(root):
    return SigstoreVerifier(root)
