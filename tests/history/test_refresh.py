import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from watchdog.core.commits import Place, parse_ref_pattern
from watchdog.demo.git import GitRepository
from watchdog.errors import RemoteError
from watchdog.history.mirrors import Mirrors


def fetches(server):
    """Count the conversations with the server: each begins with one GET."""
    return sum(request.startswith("GET ") for request in server.requests)


def test_a_cold_mirror_is_cloned_with_all_branches_and_tags_and_without_trees(source):
    first = source.repository.commit("1", branch="release-1")
    source.repository.tag("v1", first)
    source.repository.commit("2")
    source.fetch()
    assert source.place(first, "release-1", "v*").versions == ("refs/tags/v1",)
    clone = GitRepository(next((source.mirrors).glob("*.git")))
    assert "tree" not in clone.git("cat-file", "--batch-check", "--batch-all-objects").split()[:1]
    assert clone.git("rev-parse", "--is-bare-repository", "--is-shallow-repository") == (
        "true\nfalse"
    )
    assert (clone.path / "objects" / "info" / "commit-graphs").is_dir()


def test_a_fetch_that_began_late_enough_is_not_repeated(source):
    source.repository.commit("1")
    asked = time.monotonic()
    source.mirror.refresh(after=asked)
    before = fetches(source.server)
    source.mirror.refresh(after=asked)
    assert fetches(source.server) == before
    source.mirror.refresh(after=time.monotonic())
    assert fetches(source.server) == before + 1


def test_a_fetch_of_nothing_new_is_one_conversation_of_two_requests(source):
    source.repository.commit("1")
    source.fetch()
    before = len(source.server.requests)
    source.fetch()
    assert len(source.server.requests) == before + 2


def test_threads_that_wait_share_one_fetch(source):
    source.repository.commit("1")
    source.fetch()
    before = fetches(source.server)
    source.server.hang_next(0.4)
    asked = time.monotonic()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: source.mirror.refresh(after=asked), range(8)))
    assert fetches(source.server) == before + 1


def test_a_thread_that_came_after_a_fetch_began_waits_for_a_later_one(source):
    source.repository.commit("1")
    source.fetch()
    source.server.hang_next(0.4)
    early = threading.Thread(target=source.fetch)
    early.start()
    while not source.server.requests[-1].startswith("GET"):
        time.sleep(0.01)
    second = source.repository.commit("2")
    source.fetch()
    early.join()
    assert source.place(second, "HEAD") == Place(second, ("refs/heads/main",))


def test_threads_that_wait_share_the_error(source):
    source.repository.commit("1")
    source.fetch()
    before = fetches(source.server)
    source.server.hang_next(0.4)
    source.server.fail_next(500)
    asked = time.monotonic()

    def refused(_):
        with pytest.raises(RemoteError) as caught:
            source.mirror.refresh(after=asked)
        return caught.value.retryable

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(refused, range(4))) == [True] * 4
    assert fetches(source.server) == before + 1
    source.fetch()


def test_a_renamed_default_branch_is_followed(source):
    first = source.repository.commit("1")
    source.fetch()
    source.repository.branch("trunk", first)
    source.repository.delete_branch("main")
    source.repository.set_default("trunk")
    before = fetches(source.server)
    source.fetch()
    assert source.place(first, "HEAD") == Place(first, ("refs/heads/trunk",))
    assert fetches(source.server) == before + 1


def test_a_default_branch_that_could_be_several_is_asked_for(source):
    first = source.repository.commit("1")
    source.fetch()
    for name in ("a", "trunk", "z"):
        source.repository.branch(name, first)
    source.repository.delete_branch("main")
    source.repository.set_default("trunk")
    source.fetch()
    assert source.place(first, "HEAD").lines == ("refs/heads/trunk",)


def test_another_default_branch_beside_the_old_one_is_followed(source):
    source.repository.commit("1")
    source.fetch()
    develop = source.repository.commit("dev", branch="develop")
    source.repository.set_default("develop")
    source.fetch()
    assert source.place(develop, "HEAD").lines == ("refs/heads/develop",)


def test_the_default_branch_survives_a_restart(source):
    source.repository.commit("1")
    source.fetch()
    first = source.repository.commit("1", branch="trunk")
    source.repository.branch("other", first)
    source.repository.set_default("trunk")
    source.fetch()
    again = Mirrors(source.mirrors).mirror(source.url)
    before = len(source.server.requests)
    assert again.place(first, (parse_ref_pattern("HEAD"),)).lines == ("refs/heads/trunk",)
    assert len(source.server.requests) == before


def test_an_empty_source_has_no_commit_and_may_get_one(source):
    source.fetch()
    assert source.place("f" * 40, "HEAD", "v*") is None
    first = source.repository.commit("1")
    source.fetch()
    assert source.place(first, "HEAD").lines == ("refs/heads/main",)


def test_a_source_whose_head_names_no_branch_has_no_default_branch(source):
    first = source.repository.commit("1")
    source.repository.set_default("gone")
    for _ in range(2):
        source.fetch()
        assert source.place(first, "HEAD") == Place(first, (), elsewhere=("refs/heads/main",))
        assert source.place(first, "main").lines == ("refs/heads/main",)


def test_a_detached_head_that_is_no_branchs_tip_is_no_default_branch(source):
    first = source.repository.commit("1")
    second = source.repository.commit("2")
    source.repository.git("update-ref", "--no-deref", "HEAD", first)
    for _ in range(2):
        source.fetch()
        assert source.place(second, "HEAD").lines == ()


@pytest.mark.parametrize(("old", "new"), [("a", "a/b"), ("a/b", "a")])
def test_a_branch_that_makes_way_for_a_folder_does_not_fail_the_fetch(source, old, new):
    first = source.repository.commit("1")
    source.repository.branch(old, first)
    source.fetch()
    source.repository.delete_branch(old)
    source.repository.branch(new, first)
    source.fetch()
    assert source.place(first, new).lines == (f"refs/heads/{new}",)


def test_a_moved_and_a_deleted_tag_are_followed(source):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    source.repository.tag("v1", first, annotated=True)
    source.repository.tag("v0", first)
    source.fetch()
    source.repository.tag("v1", second, annotated=True)
    source.repository.git("update-ref", "-d", "refs/tags/v0")
    source.fetch()
    assert source.place(first, "v*").versions == ()
    assert source.place(second, "v*").versions == ("refs/tags/v1",)


def test_an_unreachable_server_is_an_error_worth_a_retry_and_leaves_the_mirror(source):
    first = source.repository.commit("1")
    source.fetch()
    source.server.stop()
    with pytest.raises(RemoteError, match=r"fetching 127\.0\.0\.1:\d+/org/app failed") as caught:
        source.fetch()
    assert caught.value.retryable
    assert source.place(first, "HEAD").lines == ("refs/heads/main",)


def test_a_server_that_hangs_is_given_up(source, tmp_path):
    source.repository.commit("1")
    source.server.hang_next(30)
    mirror = Mirrors(tmp_path / "hasty", timeout_s=0.3).mirror(source.url)
    with pytest.raises(RemoteError, match=r"git was killed after 0\.3 s") as caught:
        mirror.refresh(after=time.monotonic())
    assert caught.value.retryable


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_is_an_error_worth_a_retry(source, status):
    source.repository.commit("1")
    source.server.fail_next(status)
    with pytest.raises(RemoteError, match=str(status)) as caught:
        source.fetch()
    assert caught.value.retryable
    source.fetch()
