"""A simulated Quay's tags: their history, and every way to move them."""

import pytest

from tests.demo.quay_asking import Asking
from watchdog.demo.images import build_index
from watchdog.demo.registry_content import ImmutableTagError

AT_S = 1795427246


@pytest.fixture
def quay(simulator):
    simulator.clock.freeze(AT_S)
    simulator.quay.grant("WRITE", scope="repo:write")
    simulator.quay.grant("READ", scope="repo:read")
    simulator.quay.grant("ADMIN", scope="repo:admin")
    return simulator


@pytest.fixture
def owner(quay):
    return Asking(quay, "WRITE")


@pytest.fixture
def anybody(quay):
    return Asking(quay)


@pytest.fixture
def moved(quay, tag, image):
    """A tag that was pushed twice, a minute apart; its digests."""
    first = quay.push(image(1), tag)
    quay.clock.advance(60)
    return first, quay.push(image(2), tag)


def test_the_history_has_every_move_the_newest_first(anybody, moved):
    first, second = moved
    newest, oldest = anybody.rows()
    assert newest["manifest_digest"] == str(second)
    assert "end_ts" not in newest
    assert "expiration" not in newest
    assert oldest == {
        "name": "latest",
        "reversion": False,
        "immutable": False,
        "start_ts": AT_S,
        "end_ts": AT_S + 60,
        "manifest_digest": str(first),
        "is_manifest_list": False,
        "size": 10240,
        "last_modified": "Mon, 23 Nov 2026 09:47:26 -0000",
        "expiration": "Mon, 23 Nov 2026 09:48:26 -0000",
    }


def test_moves_within_one_second_stand_in_the_order_in_which_they_were_made(
    quay, anybody, tag, image
):
    digests = [str(quay.push(image(n), tag)) for n in (1, 2, 3)]
    rows = anybody.rows()
    assert [row["manifest_digest"] for row in rows] == digests[::-1]
    assert {row["start_ts"] for row in rows} == {AT_S}


def test_an_index_counts_its_children_and_has_no_size(quay, anybody, tag, image):
    quay.push(build_index([image(1), image(2)]), tag)
    (row,) = anybody.rows()
    assert (row["is_manifest_list"], row["size"], row["child_manifest_count"]) == (True, None, 2)
    assert row["child_manifests_presence"] == {str(image(n).digest): True for n in (1, 2)}


def test_the_history_is_paged_and_filtered(quay, anybody, tag, image):
    for n in range(120):
        quay.push(image(n), quay.tag("acme/app", f"t{n:03}"))
    assert len(anybody.rows("")) == 50
    page = anybody("GET", "tag/?limit=1000&page=2").json()
    assert (len(page["tags"]), page["page"], page["has_additional"]) == (20, 2, False)
    assert anybody("GET", "tag/?limit=100").json()["has_additional"] is True
    assert [row["name"] for row in anybody.rows("filter_tag_name=like:t01&limit=2")] == [
        "t019",
        "t018",
    ]
    assert [row["name"] for row in anybody.rows("filter_tag_name=eq:t007")] == ["t007"]
    quay.delete_tag(quay.tag("acme/app", "t007"))
    assert anybody.rows("specificTag=t007&onlyActiveTags=true") == []
    assert len(anybody.rows("specificTag=t007")) == 1
    assert anybody.rows("specificTag=unknown") == []


def test_a_lagging_replica_has_not_seen_the_newest_move(quay, anybody, moved):
    quay.quay.stale_history(1)
    (row,) = anybody.rows()
    assert row["manifest_digest"] == str(moved[0])
    assert "end_ts" not in row
    assert len(anybody.rows()) == 2


def test_a_restore_adds_a_row_each_time_and_sends_no_hook(quay, owner, anybody, moved):
    first, second = moved
    assert [owner.restore(first).json() for _ in range(2)] == [{}, {}]
    rows = [(row["manifest_digest"], row["reversion"]) for row in anybody.rows()]
    assert rows == [
        (str(first), True),
        (str(first), True),
        (str(second), False),
        (str(first), False),
    ]


def test_a_restored_digest_can_be_read_for_five_minutes_whatever_follows(quay, owner, moved, read):
    first, second = moved
    owner.restore(first)
    owner.restore(second)
    assert read(quay, first).status_code == 200
    quay.clock.advance(301)
    assert read(quay, first).status_code == 404
    assert read(quay, second).status_code == 200


def test_a_change_needs_a_digest_that_lives(owner, anybody, moved):
    first, second = moved
    assert owner.change(manifest_digest=str(first)).status_code == 404
    made = owner.change("made", manifest_digest=str(second))
    assert (made.status_code, made.json()) == (201, "Updated")
    (row,) = anybody.rows("specificTag=made")
    assert row["reversion"] is False


def test_a_time_to_expire_ends_a_tag_by_itself(quay, owner, anybody, moved):
    owner.change(expiration=AT_S + 100)
    assert anybody.rows("onlyActiveTags=true")[0]["end_ts"] == AT_S + 100
    quay.clock.advance(50)
    assert anybody.rows("onlyActiveTags=true") == []
    assert owner.change(expiration=None).status_code == 404


def test_a_deleted_tag_can_be_restored_under_any_name(quay, owner, moved, read):
    assert owner.delete().status_code == 204
    assert read(quay).json()["errors"][0]["code"] == "TAG_EXPIRED"
    assert owner.delete().status_code == 404
    assert owner.restore(moved[1], tag="inspect-me").status_code == 200
    assert read(quay, "inspect-me").status_code == 200


@pytest.mark.parametrize("window_s", [0, 30])
def test_what_the_time_machine_forgot_cannot_be_restored(quay, owner, anybody, moved, window_s):
    quay.quay.time_machine("acme", window_s)
    quay.clock.advance(window_s)
    assert len(anybody.rows()) == 1
    assert owner.restore(moved[0]).status_code == 404


def test_what_was_expired_for_good_cannot_be_restored(owner, moved):
    body = {"manifest_digest": str(moved[0]), "is_alive": False}
    assert owner("POST", "tag/latest/expire", body).json() == ""
    assert owner.restore(moved[0]).status_code == 404
    assert owner.restore(moved[1]).status_code == 200


def test_an_immutable_tag_is_moved_by_nobody(quay, owner, moved):
    assert owner.change(immutable=True).status_code == 201
    assert Asking(quay).rows()[0]["immutable"] is True
    again = owner.change(manifest_digest=str(moved[1]))
    for answer in (owner.restore(moved[0]), owner.delete(), again):
        assert (answer.status_code, answer.json()["error_type"]) == (409, "tag_immutable")
    assert owner.change(immutable=False).status_code == 403
    assert Asking(quay, "ADMIN").change(immutable=False).status_code == 201
    assert owner.restore(moved[0]).status_code == 200


def test_an_immutable_tag_is_not_pushed_to(quay, tag, http, image):
    quay.push(image(1), tag)
    quay.quay.protect(tag)
    with pytest.raises(ImmutableTagError):
        quay.push(image(2), tag)
    address = f"http://{quay.host}/v2/acme/app/manifests/latest"
    put = http.put(address, data=image(1).manifest.body)
    assert (put.status_code, put.json()["errors"][0]["code"]) == (409, "TAG_IMMUTABLE")


@pytest.mark.parametrize(("state", "number"), [("READ_ONLY", 1), ("MIRROR", 2)])
def test_a_repository_that_is_not_written_to_answers_503(quay, owner, moved, state, number):
    quay.quay.create("acme/app", state=state)
    said = {"message": f"Repository is in read only or mirror mode: {number}"}
    for answer in (owner.restore(moved[0]), owner.delete(), owner.change()):
        assert (answer.status_code, answer.json()) == (503, said)


@pytest.mark.parametrize("token", [None, "bad"])
def test_a_bad_token_is_nobody_s(quay, moved, token):
    asking = Asking(quay, token)
    assert len(asking.rows()) == 2
    refused = asking.restore(moved[0])
    assert (refused.status_code, refused.headers["Content-Type"]) == (
        403,
        "text/html; charset=utf-8",
    )
    assert refused.text == '{"error": "CSRF token was invalid or missing."}'
    quay.quay.create("acme/app", public=False)
    assert asking("GET", "tag/").json()["error_type"] == "invalid_token"


def test_a_token_expires_and_is_revoked_without_a_word(quay, moved):
    quay.quay.grant("SHORT", scope="repo:write", expires_in_s=10)
    asking = Asking(quay, "SHORT")
    assert asking.restore(moved[0]).status_code == 200
    quay.clock.advance(10)
    assert "CSRF" in asking.restore(moved[0]).text
    quay.quay.revoke("WRITE")
    assert "CSRF" in Asking(quay, "WRITE").restore(moved[0]).text


def test_a_scope_that_is_too_small_is_refused_by_name(quay, moved):
    refused = Asking(quay, "READ").restore(moved[0])
    assert (refused.status_code, refused.json()["error_type"]) == (403, "insufficient_scope")


@pytest.mark.parametrize(("token", "status"), [("READ", 404), (None, 401)])
def test_an_unknown_repository_is_told_from_a_private_one_only_with_a_token(quay, token, status):
    assert Asking(quay, token, "acme/nope")("GET", "tag/").status_code == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"manifest_digest": "junk"}, 404),
        ({"manifest_digest": "sha256:" + "f" * 64}, 404),
    ],
)
def test_a_restore_needs_a_digest_that_was_there(owner, moved, body, status):
    assert owner("POST", "tag/latest/restore", body).status_code == status


def test_the_signatures_of_what_lost_its_last_tag_expire_and_do_not_come_back(
    quay, owner, tag, image
):
    first = quay.push(image(1), tag)
    signature = quay.tag("acme/app", f"sha256-{first.hex}.sig")
    quay.push(image(3), signature)
    quay.push(image(1), quay.tag("acme/app", "stable"))
    quay.push(image(2), tag)
    assert quay.digest(signature) == image(3).digest
    owner.delete("stable")
    assert quay.digest(signature) is None
    owner.restore(first)
    assert quay.digest(signature) is None
    owner.restore(image(3).digest, signature.name)
    assert quay.digest(signature) == image(3).digest


def test_a_person_restores_in_the_browser(quay, anybody, tag, moved):
    quay.quay.restore_by("alice", tag, moved[0])
    assert (quay.digest(tag), anybody.rows()[0]["reversion"]) == (moved[0], True)


def test_nginx_limits_the_rate_of_the_api_only(quay, anybody, moved, read):
    quay.quay.limit_rate(2)
    assert read(quay).status_code == 200
    answers = [anybody("GET", "tag/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert "Retry-After" not in answers[0].headers
    assert answers[0].headers["Content-Type"] == "text/html"


def test_what_its_operators_froze_is_read_and_not_written(quay, owner, moved, tag):
    quay.quay.read_only = True
    answer = owner.restore(moved[0])
    assert (answer.status_code, answer.json()["is_readonly"]) == (503, True)
    pushed = owner("PUT", "/v2/acme/app/manifests/latest", {})
    assert (pushed.status_code, pushed.json()["errors"][0]["code"]) == (405, "DENIED")
    assert len(owner.rows()) == len(moved)
