import threading
import time
import urllib.error
import urllib.request

import pytest

from watchdog.demo.git import GitRepository, GitServer


@pytest.fixture
def server(tmp_path):
    server = GitServer(tmp_path / "served").start()
    yield server
    server.stop()


def test_the_same_calls_give_the_same_commits(tmp_path):
    def build(name, author):
        repository = GitRepository(tmp_path / f"{name}.git", author=author)
        repository.commit("1")
        return repository.commit("2")

    assert build("a", "Demo") == build("b", "Demo")
    assert build("c", "Demo") != build("d", "Somebody else")


def test_a_merge_has_both_parents(tmp_path):
    repository = GitRepository(tmp_path / "a.git")
    first = repository.commit("1")
    repository.branch("topic", first)
    topic, main = repository.commit("topic", branch="topic"), repository.commit("2")
    merged = repository.merge("main", "topic")
    assert repository.git("rev-list", "--parents", "-1", "main").split() == [merged, main, topic]


def test_a_repository_that_is_there_is_gone_on_with(tmp_path):
    first = GitRepository(tmp_path / "a.git").commit("1")
    again = GitRepository(tmp_path / "a.git")
    again.delete_branch("other")
    assert again.tip("main") == first
    assert again.tip("other") is None


def test_a_missing_repository_is_a_404(server):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{server.url('gone')}/info/refs?service=git-upload-pack")
    with caught.value:
        assert caught.value.code == 404


def test_a_server_that_stops_lets_go_whom_it_left_hanging_and_leaves_no_thread(server):
    before = threading.active_count()
    server.hang_next(60)
    errors = []

    def ask():
        try:
            urllib.request.urlopen(server.url("gone"))
        except OSError as error:
            errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not server.requests:
        time.sleep(0.01)
    server.stop()
    asking.join(5)
    assert len(errors) == 1
    assert threading.active_count() < before
