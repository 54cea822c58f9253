import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from watchdog.core.commits import Ancestry
from watchdog.demo.git import GitRepository
from watchdog.errors import RemoteError
from watchdog.history.mirrors import Mirrors


def test_a_pin_survives_a_force_push_and_a_clean_up_and_counts_as_no_ref(source):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    source.fetch()
    source.mirror.pin(second)
    source.mirror.pin(second)
    source.repository.force("main", first)
    source.fetch()
    GitRepository(source.folder).git("gc", "--quiet", "--prune=now")
    source.fetch()
    assert source.mirror.ancestry(second, first) is Ancestry.AHEAD
    assert source.place(second, "HEAD", "*") is None
    assert GitRepository(source.folder).git("for-each-ref", "refs/watchdog").startswith(second)


def spoil_packs(path):
    for pack in path.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"spoilt")


def empty_ref(path):
    (path / "refs" / "heads").mkdir(parents=True, exist_ok=True)
    (path / "refs" / "heads" / "main").write_text("")


DAMAGES = {
    "packs": spoil_packs,
    "lost": lambda path: [pack.unlink() for pack in path.glob("objects/pack/*")],
    "head": lambda path: (path / "HEAD").write_text(""),
    "ref": empty_ref,
    "packed": lambda path: (path / "packed-refs").write_text("?\n"),
    "config": lambda path: (path / "config").write_text("[[["),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_mirror_is_made_anew_with_its_pins(source, damage, caplog):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    source.fetch()
    source.mirror.pin(first)
    DAMAGES[damage](source.folder)
    source.fetch()
    assert source.place(second, "HEAD").lines == ("refs/heads/main",)
    assert source.mirror.ancestry(first, second) is Ancestry.BEHIND
    # Where all packs are lost, git itself simply fetches everything again.
    assert ("is cloned anew" in caplog.text) is (damage != "lost")
    if damage not in ("head", "packed", "config"):
        assert GitRepository(source.folder).git("for-each-ref", "refs/watchdog").startswith(first)


def test_a_damage_that_only_a_question_meets_is_mended_by_the_next_refresh(source):
    first = source.repository.commit("1")
    source.fetch()
    before = set(source.folder.glob("objects/pack/*"))
    source.repository.commit("2")
    source.fetch()
    middle = set(source.folder.glob("objects/pack/*")) - before
    third = source.repository.commit("3")
    source.fetch()
    shutil.rmtree(source.folder / "objects" / "info")
    for path in middle:
        path.unlink()
    with pytest.raises(RemoteError) as caught:
        source.mirror.ancestry(third, first)
    assert caught.value.retryable
    source.fetch()
    assert source.mirror.ancestry(third, first) is Ancestry.AHEAD


def test_a_mirror_that_is_removed_while_in_use_is_cloned_again(source):
    first = source.repository.commit("1")
    source.fetch()
    shutil.rmtree(source.mirrors)
    with pytest.raises(RemoteError) as caught:
        source.place(first, "HEAD")
    assert caught.value.retryable
    source.fetch()
    assert source.place(first, "HEAD").lines == ("refs/heads/main",)


def test_a_folder_that_cannot_be_written_is_an_error_worth_a_retry(source):
    source.mirrors.write_text("in the way")
    with pytest.raises(RemoteError, match="cannot be written") as caught:
        source.fetch()
    assert caught.value.retryable


def test_a_mirror_is_not_made_anew_over_and_over(source):
    source.repository.commit("1")
    source.fetch()
    (source.folder / "HEAD").write_text("")
    source.fetch()
    (source.folder / "HEAD").write_text("")
    with pytest.raises(RemoteError) as caught:
        source.fetch()
    assert caught.value.retryable


def test_a_damaged_mirror_stays_until_a_new_one_is_whole(source):
    source.repository.commit("1")
    source.fetch()
    spoil_packs(source.folder)
    source.server.fail_next(503, times=9)
    with pytest.raises(RemoteError):
        source.fetch()
    assert (source.folder / "HEAD").exists()


def test_a_clone_that_was_killed_leaves_nothing_half(source):
    first = source.repository.commit("1")
    source.server.hang_next(30)
    hasty = Mirrors(source.mirrors, timeout_s=0.3).mirror(source.url)
    with pytest.raises(RemoteError):
        hasty.refresh(after=time.monotonic())
    with pytest.raises(RemoteError, match="refresh its mirror first"):
        hasty.place(first, ())
    assert list((source.mirrors).glob("*.new"))
    source.fetch()
    assert source.place(first, "HEAD").lines == ("refs/heads/main",)


def test_locks_and_packs_that_killed_gits_left_are_swept(source):
    first = source.repository.commit("1")
    source.fetch()
    left = [
        source.folder / "packed-refs.lock",
        source.folder / "HEAD.lock",
        source.folder / "refs/heads/main.lock",
        source.folder / "objects/info/commit-graphs/commit-graph-chain.lock",
        source.folder / "objects/pack/tmp_pack_x",
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    source.repository.force("main", source.repository.loose("rewritten"))
    source.fetch()
    assert source.place(first, "HEAD") is None
    assert not [path for path in left if path.exists()]


def test_only_an_old_lock_of_a_pin_is_swept(source):
    source.repository.commit("1")
    source.fetch()
    pins = source.folder / "refs" / "watchdog"
    pins.mkdir(parents=True)
    for name in ("young.lock", "old.lock"):
        (pins / name).touch()
    os.utime(pins / "old.lock", (1, 1))
    source.fetch()
    assert [path.name for path in pins.iterdir()] == ["young.lock"]


def test_many_packs_are_joined(source):
    first = source.repository.commit("1")
    source.fetch()
    pack = next(source.folder.glob("objects/pack/*.pack"))
    for number in range(60):
        for suffix in (".pack", ".idx", ".promisor"):
            name = f"pack-{number:040x}{suffix}"
            (pack.parent / name).write_bytes(pack.with_suffix(suffix).read_bytes())
    source.repository.commit("2")
    source.fetch()
    assert len(list(source.folder.glob("objects/pack/*.pack"))) < 10
    assert source.place(first, "HEAD").behind == 1


def test_a_lock_held_by_another_process_is_waited_for_only_so_long(source):
    source.repository.commit("1")
    source.fetch()
    hasty = Mirrors(source.mirrors, timeout_s=0.2).mirror(source.url)
    with source.folder.with_suffix(".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RemoteError, match="another process") as caught:
            hasty.refresh(after=time.monotonic())
    assert caught.value.retryable
    hasty.refresh(after=time.monotonic())


PROCESS = """
import sys, time
from pathlib import Path
from watchdog.history.mirrors import Mirrors
mirror = Mirrors(Path(sys.argv[1])).mirror(sys.argv[2])
for _ in range(3):
    mirror.refresh(after=time.monotonic())
"""


def test_processes_share_a_folder(source):
    source.repository.commit("1")
    command = [sys.executable, "-c", PROCESS, str(source.mirrors), source.url]
    others = [subprocess.Popen(command, cwd=Path.cwd()) for _ in range(2)]
    for number in range(3):
        last = source.repository.commit(f"more {number}")
        source.fetch()
    assert [other.wait(30) for other in others] == [0, 0]
    assert source.place(last, "HEAD").lines == ("refs/heads/main",)
    assert len(list((source.mirrors).iterdir())) == 2


def test_the_policys_present_url_is_fetched_from(source):
    source.repository.commit("1")
    source.fetch()
    GitRepository(source.folder).git(
        "config", "remote.origin.url", "http://127.0.0.1:1/org/app.git"
    )
    source.fetch()
