"""Every registry that we know the habits of, looked at and written to by the one client.

How they differ is told in `docs/registries.md` and tested in `test_registry_table`.
"""

import pytest

from watchdog.core.artifact import BUNDLE_TYPE, BUNDLED_PREDICATE_KEY
from watchdog.core.reference import Tag
from watchdog.demo.images import ARM64, build_artifact, build_index
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import DOCKER_HUB, HABITS, QUAY
from watchdog.errors import DeniedError
from watchdog.registry.credentials import AuthFile, Credentials
from watchdog.registry.login import Login

STATEMENT = b'{"predicateType":"https://slsa.dev/provenance/v1"}'
SLSA = {BUNDLED_PREDICATE_KEY: "https://slsa.dev/provenance/v1"}
HUB = "registry-1.docker.io"


@pytest.fixture(params=HABITS, ids=lambda habits: habits.name)
def habits(request):
    return request.param


@pytest.fixture
def registry(habits):
    with RegistrySimulator(habits=habits) as simulator:
        yield simulator


def logged_in(host, user="acme+ci", password="secret"):
    return Credentials((AuthFile({host: Login(user, password)}),))


@pytest.fixture
def look(registry, make_client, image):
    """Look at an index with provenance and a bundle, as whoever."""

    def look(credentials=None):
        client, tag = make_client(registry.host, credentials=credentials), registry.tag("acme/app")
        index = build_index([image(1), image(2, ARM64)], attestation=STATEMENT)
        registry.push(index, tag)
        registry.attach(
            build_artifact(index.manifest, BUNDLE_TYPE, b"bundle", annotations=SLSA), tag
        )
        seen = client.observe(tag)
        assert seen.digest == index.digest
        assert [only.labels for only in seen.images] == [(("n", "1"),), (("n", "2"),)]
        assert [one.manifest for one in seen.attestations] == [one.manifest for one in seen.images]
        assert client.signatures(tag, seen.digest).bundles == (b"bundle",)
        assert client.digest(tag) == index.digest
        assert client.observe_unless(tag, index.digest) is None
        assert "latest" in client.tags(tag.repository)
        assert client.tags_holding(tag, index.digest, ("latest", "1.2")) == ("latest",)

    return look


def test_a_public_image_is_read_without_a_login(look):
    look()


def test_a_private_image_is_read_with_a_login(registry, look):
    registry.require_token("acme+ci", "secret", actions=("pull",))
    look(logged_in(registry.host))


def test_a_private_image_is_not_read_without_a_login(registry, look):
    registry.require_token("acme+ci", "secret")
    with pytest.raises(DeniedError, match="acme/app:latest"):
        look()


def test_a_manifest_is_put_back_with_a_login(registry, make_client, image):
    registry.require_token("acme+ci", "secret")
    tag = registry.tag("acme/app")
    client = make_client(registry.host, credentials=logged_in(registry.host))
    registry.push(image(1), tag)
    saved = client.observe(tag).manifests
    registry.push(image(2), tag)
    client.put_manifest(tag.repository, tag.name, saved[-1])
    assert registry.digest(tag) == image(1).digest


def test_an_unsigned_image_has_no_bundles(registry, make_client, image):
    tag = registry.tag("acme/app")
    digest = registry.push(image(), tag)
    found = make_client(registry.host).signatures(tag, digest)
    assert (found.bundles, found.legacy, found.remarks) == ((), False, ())


def test_an_account_named_oauthtoken_is_a_name_like_any_other(make_client, image):
    with RegistrySimulator(habits=QUAY) as quay:
        quay.require_token("$oauthtoken", "t0ken", actions=("pull",))
        tag = quay.tag("acme/app")
        digest = quay.push(image(), tag)
        known = logged_in(quay.host, "$oauthtoken", "t0ken")
        assert make_client(quay.host, credentials=known).digest(tag) == digest


@pytest.fixture
def hub(monkeypatch):
    """A simulator that stands for Docker Hub: as a proxy it is asked for every host."""
    with RegistrySimulator(habits=DOCKER_HUB) as simulator:
        monkeypatch.setenv("http_proxy", f"http://{simulator.host}")
        yield simulator


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("docker.io/busybox:latest", "library/busybox"),
        ("docker.io/library/busybox:latest", "library/busybox"),
        ("index.docker.io/acme/app:latest", "acme/app"),
        ("registry-1.docker.io/acme/app:latest", "acme/app"),
    ],
)
def test_docker_hubs_images_are_asked_for_where_its_api_is(hub, make_client, image, name, path):
    hub.push(image(), hub.tag(path))
    tag = Tag.parse(name)
    assert make_client(HUB).observe(tag).tag == tag
    assert hub.asked_hosts == {HUB}
    assert ("GET", f"/v2/{path}/manifests/latest") in hub.requests


def test_docker_hubs_login_is_found_by_any_of_its_names(hub, make_client, image):
    hub.require_token("acme", "secret", actions=("pull",))
    hub.push(image(), hub.tag("acme/app"))
    client = make_client(HUB, credentials=logged_in("docker.io", "acme"))
    assert client.digest(Tag.parse("index.docker.io/acme/app:latest")) == image().digest
