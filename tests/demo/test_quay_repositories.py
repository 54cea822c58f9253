"""A simulated Quay's repositories and manifests, as its own API tells of them."""

import pytest

from tests.demo.quay_asking import Asking
from watchdog.demo.images import build_index

AT_S = 1795427246
NOTHING, WRITE, ALL = (False, False), (True, False), (True, True)
CAN = {None: NOTHING, "bad": NOTHING, "READ": NOTHING, "WRITE": WRITE, "ADMIN": ALL}


@pytest.fixture
def quay(simulator):
    simulator.clock.freeze(AT_S)
    for scope in ("read", "write", "admin"):
        simulator.quay.grant(scope.upper(), scope=f"repo:{scope}")
    return simulator


@pytest.mark.parametrize(("token", "can"), CAN.items())
def test_a_repository_says_what_the_token_may_do(quay, tag, image, token, can):
    quay.push(image(), tag)
    quay.quay.time_machine("acme", 60)
    said = Asking(quay, token)("GET", "/api/v1/repository/acme/app?includeTags=false").json()
    assert (said["can_write"], said["can_admin"]) == can
    assert (said["tag_expiration_s"], said["state"], said["is_public"]) == (60, "NORMAL", True)
    assert "tags" not in said
    full = Asking(quay, token)("GET", "/api/v1/repository/acme/app").json()
    assert full["tags"]["latest"]["manifest_digest"] == str(image().digest)


@pytest.mark.parametrize("state", ["READ_ONLY", "MIRROR"])
def test_to_a_repository_that_is_frozen_nobody_can_write(quay, state):
    """As endpoints/api/repository.py has it (quay/quay ffba0c70e): the state counts, too."""
    quay.quay.create("acme/app", state=state)
    said = Asking(quay, "ADMIN")("GET", "/api/v1/repository/acme/app?includeTags=false").json()
    assert (said["can_write"], said["can_admin"], said["state"]) == (False, True, state)


def test_the_list_of_repositories_is_paged_and_says_what_moved_last(quay, image):
    for n in range(101):
        quay.push(image(), quay.tag(f"acme/r{n:03}"))
    quay.quay.create("acme/private", public=False)
    quay.push(image(), quay.tag("other/app"))
    quay.clock.advance(60)
    quay.push(image(), quay.tag("acme/r000", "second"))
    where = "/api/v1/repository?namespace=acme&public=true&last_modified=true"
    first = Asking(quay)("GET", where).json()
    rows = first["repositories"]
    assert (len(rows), rows[0]["last_modified"], rows[1]["last_modified"]) == (100, AT_S + 60, AT_S)
    last = Asking(quay)("GET", f"{where}&next_page={first['next_page']}").json()
    assert [row["name"] for row in last["repositories"]] == ["r100"]
    assert "next_page" not in last
    seen = Asking(quay, "READ")("GET", f"{where}&next_page={first['next_page']}").json()
    assert [row["name"] for row in seen["repositories"]] == ["r100", "private"]
    assert seen["repositories"][1]["last_modified"] is None
    assert Asking(quay)("GET", "/api/v1/repository?namespace=acme").json()["repositories"] == []


def test_the_state_of_a_repository_is_changed_by_its_admin(quay):
    quay.quay.create("acme/app")
    body = {"state": "READ_ONLY"}
    assert Asking(quay, "WRITE")("PUT", "changestate", body).status_code == 403
    assert Asking(quay, "ADMIN")("PUT", "changestate", body).json() == {"success": True}
    assert Asking(quay, "WRITE").delete().status_code == 503
    assert Asking(quay, "ADMIN")("PUT", "changestate", {"state": "?"}).status_code == 400


def test_only_what_lives_has_labels_and_an_index_has_none(quay, tag, image):
    ask = Asking(quay)
    built = image(1)
    quay.push(build_index([built]), tag)
    index = quay.digest(tag)
    assert ask("GET", f"manifest/{index}/labels").json() == {"labels": []}
    (label,) = ask("GET", f"manifest/{built.digest}/labels?filter=n").json()["labels"]
    assert (label["key"], label["value"], label["source_type"]) == ("n", "1", "manifest")
    assert ask("GET", f"manifest/{built.digest}/labels?filter=x").json() == {"labels": []}
    quay.push(image(2), tag)
    assert ask("GET", f"manifest/{built.digest}/labels").status_code == 404
    assert ask("GET", f"manifest/{index}").status_code == 404


def test_labels_are_added_and_deleted_without_the_manifest_knowing(quay, tag, image):
    ask, owner = Asking(quay), Asking(quay, "WRITE")
    where = f"manifest/{quay.push(image(1), tag)}/labels"
    reserved = owner("POST", where, {"key": "org.opencontainers.image.source", "value": "x"})
    assert (reserved.status_code, reserved.json()) == (
        400,
        {"message": "Label has a reserved prefix"},
    )
    added = owner("POST", where, {"key": "vcs-url", "value": "forged"})
    assert added.headers["Location"].endswith(added.json()["label"]["id"])
    own, forged = ask("GET", where).json()["labels"]
    assert owner("DELETE", f"{where}/{own['id']}").status_code == 400
    assert owner("DELETE", f"{where}/{forged['id']}").status_code == 204
    assert owner("DELETE", f"{where}/{forged['id']}").status_code == 404
    assert len(ask("GET", where).json()["labels"]) == 1


def test_a_person_is_told_to_those_who_may_know(quay):
    refused = Asking(quay, "ADMIN")("GET", "/api/v1/user/")
    assert (refused.status_code, refused.json()["session_required"]) == (401, False)
    quay.quay.grant("USER", scope="user:read", person="alice")
    assert Asking(quay, "USER")("GET", "/api/v1/user/").json()["username"] == "alice"
