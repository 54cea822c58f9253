"""The table of `docs/registries.md`, cell by cell: what a registry does, and that our client copes.

Each row has a function that says what stands in its cell, blank for nothing of note: asked of the
registry by plain HTTP where that shows it, else told from what our client did. What the client
makes of it is asserted on the way.
"""

from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.registry.here import Here, realm_of
from watchdog.core.artifact import BUNDLE_TYPE, BUNDLED_PREDICATE_KEY
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST
from watchdog.core.reference import Digest, Tag
from watchdog.demo import registry_habits as habits
from watchdog.demo.images import build_artifact, build_index
from watchdog.demo.registry import RegistrySimulator
from watchdog.errors import DeniedError, NotFoundError
from watchdog.registry.credentials import AuthFile, Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.kinds import kind_of
from watchdog.registry.login import Login
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.tag_history import read_tag_history
from watchdog.registry.transport import Transport

PAGE = Path(__file__).parents[2] / "docs" / "registries.md"
COLUMNS = {
    "quay.io": habits.QUAY_IO,
    "Quay": habits.QUAY,
    "Docker Hub": habits.DOCKER_HUB,
    "ghcr.io": habits.GHCR,
    "Harbor": habits.HARBOR,
    "zot": habits.ZOT,
    "distribution 2, 3": habits.DISTRIBUTION,
    "GitLab": habits.GITLAB,
}
HUB = "registry-1.docker.io"
USER, PASSWORD = "acme+ci", "secret"
SLSA = {BUNDLED_PREDICATE_KEY: "https://slsa.dev/provenance/v1"}


def read_table():
    """The page's table as {row: {column: cell}}, without what the watchdog does about it."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
    return {row[0]: dict(zip(header[1:-1], row[1:-1], strict=True)) for row in rows}


@pytest.fixture
def here(column, make_client, image, monkeypatch):
    with RegistrySimulator(habits=COLUMNS[column]) as simulator:
        host, tag = simulator.host, Tag.parse(f"{simulator.host}/app:latest")
        if column == "Docker Hub":
            # As a proxy the simulator is asked for every host.
            monkeypatch.setenv("http_proxy", f"http://{host}")
            host, tag = HUB, Tag.parse("docker.io/app:latest")
        login = Credentials((AuthFile({tag.repository.registry: Login(USER, PASSWORD)}),))
        clients = make_client(host), make_client(host, credentials=login)
        here = Here(simulator, *clients, tag, build_index([image()]))
        simulator.push(here.index, simulator.tag(here.path))
        yield here


def asked_for(here):
    assert here.client.digest(here.tag) == here.index.digest
    (host,) = here.simulator.asked_hosts
    as_named = (host, here.path) == (here.tag.repository.registry, here.tag.repository.path)
    return "" if as_named else f"`{host}/{here.path}`"


def counts(here):
    """No registry shows it: what the client takes for granted is told."""
    counted = kind_of(here.tag.repository).reads_are_counted
    here.client.observe(here.tag)
    here.simulator.requests.clear()
    for _ in range(2):
        assert here.client.observe_unless(here.tag, here.index.digest) is None
    assert counted <= ({method for method, _ in here.simulator.requests} == {"HEAD"})
    return "yes" if counted else ""


def etag(here):
    said = here.read("manifests/latest").headers.get("ETag")
    assert said in {None, f'"{here.index.digest}"'}
    return "yes" if said else ""


def unchanged(here):
    here.client.observe(here.tag)
    here.simulator.requests.clear()
    assert here.client.observe_unless(here.tag, here.index.digest) is None
    ((method, path),) = here.simulator.requests
    assert path.endswith("/manifests/latest")
    return method


def not_accepted(here):
    answer = here.read("manifests/latest", accept=OCI_MANIFEST)
    assert here.client.observe(here.tag).digest == here.index.digest
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return ""
    assert answer.headers["Docker-Content-Digest"] != str(here.index.digest)
    return "another manifest"


def referrers(here):
    bundle = build_artifact(here.index.manifest, BUNDLE_TYPE, b"bundle", annotations=SLSA)
    here.simulator.attach(bundle, here.simulator.tag(here.path))
    answer = here.read(f"referrers/{here.index.digest}", accept=OCI_INDEX)
    assert here.client.bundles(here.tag, here.index.digest) == (b"bundle",)
    return "" if answer.status_code == HTTPStatus.OK else str(answer.status_code)


def not_there(here):
    unknown = Digest.of(b"never pushed")
    answer = here.read(f"referrers/{unknown}", accept=OCI_INDEX)
    assert here.client.signatures(here.tag, unknown).bundles == ()
    # Where there is no such API, that is told by its own row.
    return str(answer.status_code) if answer.status_code == HTTPStatus.BAD_REQUEST else ""


def digest_tag(here):
    answer = here.read(f"manifests/sha256-{here.index.digest.hex}")
    for digest in (here.index.digest, here.index.children[0].digest):
        assert here.client.signatures(here.tag, digest).bundles == ()
    if answer.status_code == HTTPStatus.NOT_FOUND:
        return ""
    assert answer.headers["Docker-Content-Digest"] == str(here.index.digest)
    return "the image"


def blobs(here):
    (only,) = here.client.observe(here.tag).images
    assert only.labels == (("n", "1"),)
    config = Digest.of(here.index.children[0].blobs[0])
    return "yes" if here.read(f"blobs/{config}").status_code == HTTPStatus.FOUND else ""


def public(here):
    assert here.client.digest(here.tag) == here.index.digest
    asked = len(here.simulator.requests)
    needs_token = here.get("manifests/latest").status_code == HTTPStatus.UNAUTHORIZED
    assert asked == (3 if needs_token else 1)
    return "yes" if needs_token else ""


def login(here):
    here.simulator.require_token(USER, PASSWORD)
    assert here.member.digest(here.tag) == here.index.digest
    scheme = here.get("manifests/latest").headers["WWW-Authenticate"].split()[0]
    return "" if scheme == "Bearer" else scheme


def endpoint(here):
    if login(here) == "Basic":
        return ""
    path = urlsplit(realm_of(here.get("manifests/latest"))).path
    assert here.simulator.requests.count(("GET", path)) == 1
    return f"`{path}`"


def token_name(here):
    if login(here) == "Basic":
        return ""
    (name,) = here.token(realm_of(here.get("manifests/latest")))
    return "" if name == "token" else f"`{name}`"


def page_of_tags(here):
    names = tuple(f"v{n:03}" for n in range(150))
    for name in names:
        here.simulator.push(here.index, here.simulator.tag(here.path, name))
    assert here.client.tags(here.tag.repository) == ("latest", *names)
    sent = here.read("tags/list?n=1000").json()["tags"]
    return "" if len(sent) > len(names) else str(len(sent))


def own_api(here):
    tag = here.simulator.tag("acme/app")
    here.simulator.push(here.index, tag)
    transport = Transport({here.simulator.host: HostSettings(plain_http=True)})
    try:
        (held,) = read_tag_history(QuayApi(transport, {}), tag)
    except (NotFoundError, DeniedError):
        return ""
    finally:
        transport.close()
    assert held.digest == here.index.digest
    return "yes"


ROWS = {
    "where `HOST/app` is asked for": asked_for,
    "a GET of a manifest counts against a pull limit": counts,
    "manifests have an `ETag`": etag,
    "an unchanged tag is asked for by": unchanged,
    "a type of manifest that is not accepted": not_accepted,
    "referrers API": referrers,
    "referrers of an image that is not there": not_there,
    "the tag `sha256-<hex>` of an image without referrers": digest_tag,
    "blobs are elsewhere": blobs,
    "a public image needs a token": public,
    "login": login,
    "tokens are had at": endpoint,
    "a token's name in the answer": token_name,
    "a page of tags holds, whatever is asked": page_of_tags,
    "an API of its own": own_api,
}
TABLE = read_table()


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_registry_differs_as_the_table_says_and_the_client_copes(here, column, row):
    assert ROWS[row](here) == TABLE[row][column]


def test_every_registry_whose_habits_are_known_has_its_column_and_every_row_its_test():
    assert set(TABLE) == set(ROWS)
    assert all(set(cells) == set(COLUMNS) for cells in TABLE.values())
    assert {*COLUMNS.values(), habits.AWKWARD} == set(habits.HABITS)
