"""What each question costs: every row counts the requests that reach the registry."""

import pytest

from watchdog.core.artifact import BUNDLE_TYPE, BUNDLED_PREDICATE_KEY
from watchdog.core.oci import OCI_MANIFEST, Platform
from watchdog.core.reference import Digest, Tag
from watchdog.demo.images import build_artifact, build_attestation, build_index
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import DISTRIBUTION, GHCR, QUAY, QUAY_IO
from watchdog.demo.registry_http import Answer
from watchdog.registry.cache import ContentCache, SecondLevel

STATEMENT = b'{"predicateType":"https://slsa.dev/provenance/v1"}'
SLSA = {BUNDLED_PREDICATE_KEY: "https://slsa.dev/provenance/v1"}
SPDX = {BUNDLED_PREDICATE_KEY: "https://spdx.dev/Document"}


@pytest.fixture
def of(make_client):
    """A simulator with habits, a client of it, and the number of requests since the last count."""
    running = []

    def start(habits=QUAY, **options):
        simulator = RegistrySimulator(habits=habits).start()
        running.append(simulator)
        return simulator, make_client(simulator.host, **options), Counter(simulator)

    yield start
    for simulator in running:
        simulator.stop()


class Counter:
    def __init__(self, simulator):
        self._simulator = simulator

    def __call__(self):
        """List what was asked since the last call, as `METHOD last-part`."""
        asked = [f"{method} {path.split('/')[-2]}" for method, path in self._simulator.requests]
        self._simulator.requests.clear()
        return asked


def platforms(image, count):
    return [image(n, platform=Platform("linux", f"arch{n}")) for n in range(count)]


@pytest.mark.parametrize(
    ("build", "cost"),
    [
        (lambda image: image(), 2),
        (lambda image: build_index([image()]), 3),
        (lambda image: build_index([image()], attestation=STATEMENT), 5),
        (lambda image: build_index(platforms(image, 2)), 5),
        (lambda image: build_index(platforms(image, 16)), 33),
    ],
    ids=["single", "one-platform", "with-provenance", "two-platforms", "sixteen-platforms"],
)
@pytest.mark.parametrize("habits", [QUAY, DISTRIBUTION], ids=lambda habits: habits.name)
def test_a_first_look(of, image, habits, build, cost):
    simulator, client, asked = of(habits)
    tag = simulator.tag("acme/app")
    simulator.push(build(image), tag)
    client.observe(tag)
    assert len(asked()) == cost


@pytest.mark.parametrize(
    ("habits", "method"), [(QUAY, "HEAD"), (DISTRIBUTION, "GET")], ids=["no-etag", "etag"]
)
def test_an_unchanged_tag_costs_one_request(of, image, habits, method):
    simulator, client, asked = of(habits)
    tag = simulator.tag("acme/app")
    digest = simulator.push(build_index([image()]), tag)
    client.observe(tag)
    asked()
    assert client.observe_unless(tag, digest) is None
    assert asked() == [f"{method} manifests"]


def test_the_first_question_of_all_is_a_small_one(of, image):
    simulator, client, asked = of(DISTRIBUTION)
    tag = simulator.tag("acme/app")
    digest = simulator.push(image(), tag)
    assert client.observe_unless(tag, digest) is None
    assert client.observe_unless(tag, digest) is None
    assert asked() == ["HEAD manifests", "GET manifests"]


@pytest.mark.parametrize("gives_etag", [False, True], ids=["says-nothing", "ignores-the-question"])
def test_a_tag_that_is_read_whole_may_be_unchanged_too(
    serve, make_client, tag_of, image, gives_etag
):
    digest, body = image().digest, image().manifest.body
    etag = {"ETag": f'"{digest}"', "Docker-Content-Digest": str(digest)} if gives_etag else {}
    host = serve(lambda _: Answer(200, {"Content-Type": OCI_MANIFEST} | etag, body))
    client = make_client(host)
    client.digest(tag_of(host))
    assert client.observe_unless(tag_of(host), digest) is None


@pytest.mark.parametrize(
    ("habits", "cost"), [(QUAY, 3), (DISTRIBUTION, 2)], ids=["no-etag", "etag"]
)
def test_a_changed_tag(of, image, habits, cost):
    simulator, client, asked = of(habits)
    tag = simulator.tag("acme/app")
    before = simulator.push(image(1), tag)
    client.observe(tag)
    simulator.push(image(2), tag)
    asked()
    assert client.observe_unless(tag, before).digest == image(2).digest
    assert len(asked()) == cost


def test_a_second_tag_of_one_build_costs_its_own_manifest(of, image):
    simulator, client, asked = of()
    index = build_index(platforms(image, 3), attestation=STATEMENT)
    for name in ("latest", "1.2"):
        simulator.push(index, simulator.tag("acme/app", name))
    first = client.observe(simulator.tag("acme/app"))
    asked()
    second = client.observe(simulator.tag("acme/app", "1.2"))
    assert asked() == ["GET manifests"]
    assert (second.images, second.attestations) == (first.images, first.attestations)


def test_what_another_process_read_is_not_read_again(of, image, make_client):
    kept: dict[Digest, bytes] = {}
    shared = SecondLevel(kept.get, kept.__setitem__)
    simulator, client, asked = of(cache=ContentCache(second=shared))
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image()], attestation=STATEMENT), tag)
    seen = client.observe(tag)
    asked()
    other = make_client(simulator.host, cache=ContentCache(second=shared))
    assert other.observe(tag) == seen
    assert asked() == ["GET manifests"]


def test_a_blob_that_is_elsewhere_costs_one_more(of, image):
    simulator, client, asked = of(QUAY_IO)
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    client.observe(tag)
    assert asked() == ["GET manifests", "GET blobs", "GET cdn"]


@pytest.mark.parametrize(
    ("habits", "cost"), [(QUAY, 3), (DISTRIBUTION, 4)], ids=["referrers-api", "fallback-tag"]
)
def test_a_signed_image(of, image, habits, cost):
    simulator, client, asked = of(habits)
    tag = simulator.tag("acme/app")
    digest = simulator.push(image(), tag)
    for name, annotations in ((b"slsa", SLSA), (b"sbom", SPDX)):
        bundle = build_artifact(image().manifest, BUNDLE_TYPE, name, annotations=annotations)
        simulator.attach(bundle, tag)
    assert client.bundles(tag, digest) == (b"slsa",)
    assert len(asked()) == cost
    assert client.bundles(tag, digest) == (b"slsa",)
    assert len(asked()) == 1


@pytest.mark.parametrize(
    ("habits", "listed"), [(QUAY, 1), (DISTRIBUTION, 2)], ids=["referrers-api", "fallback-tag"]
)
@pytest.mark.parametrize("attached", [True, False])
def test_provenance_that_only_refers_to_the_image(of, image, habits, listed, attached):
    simulator, client, asked = of(habits)
    tag = simulator.tag("acme/app")
    digest = simulator.push(image(), tag)
    if attached:
        simulator.attach(build_attestation(image().manifest, STATEMENT), tag)
    seen = client.observe(tag)
    assert len(asked()) == 2
    assert len(client.with_attached(seen, (digest,)).attestations) == attached
    assert len(asked()) == listed + 2 * attached
    client.with_attached(seen, (digest,))
    assert len(asked()) == 1


@pytest.mark.parametrize(
    ("suffixes", "cost"), [((), 3), ((".sig",), 3), ((".att",), 2), ((".sig", ".att"), 2)]
)
def test_an_image_without_bundles(of, image, suffixes, cost):
    simulator, client, asked = of()
    tag = simulator.tag("acme/app")
    digest = simulator.push(image(), tag)
    for suffix in suffixes:
        simulator.push(image(2), Tag(tag.repository, f"sha256-{digest.hex}{suffix}"))
    found = client.signatures(tag, digest)
    assert (found.bundles, found.legacy) == ((), bool(suffixes))
    assert len(asked()) == cost


def test_a_token_is_asked_for_once(of, image):
    simulator, client, asked = of(GHCR)
    tag = simulator.tag("acme/app")
    simulator.push(build_index(platforms(image, 2)), tag)
    client.observe(tag)
    requests = asked()
    # The refusal and the token come on top, and a redirect for each config.
    assert len(requests) == 5 + 2 + 2
    client.observe(tag)
    assert asked() == ["GET manifests"]
