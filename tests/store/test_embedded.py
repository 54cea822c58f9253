"""The private server: it starts, ends, keeps what it answered, and guards its folder."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from watchdog.errors import ConfigurationError
from watchdog.store.connection import check_configuration
from watchdog.store.embedded import (
    LOG_MAX_BYTES,
    SOCKET_PATH_MAX_BYTES,
    EmbeddedStore,
    bundled_server,
    socket_path,
)

OWNER = Path(__file__).with_name("owner.py")
PATIENCE_S = 30.0


@pytest.fixture
def store(tmp_path, server_binary):
    store = EmbeddedStore(tmp_path / "data", binary=server_binary)
    yield store
    store.stop()


def kill_server(store, client):
    os.kill(client.info("server")["process_id"], signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while store.alive() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not store.alive()


def test_a_started_store_answers_and_is_configured_safely(store, client_of):
    assert not store.alive()
    store.start()
    assert store.alive()
    assert client_of(store).ping()
    assert check_configuration(client_of(store)) == ()


def test_starting_a_running_store_changes_nothing(store, client_of):
    store.start()
    process = client_of(store).info("server")["process_id"]
    store.start()
    assert client_of(store).info("server")["process_id"] == process


def test_it_listens_on_a_socket_in_a_folder_that_only_we_can_enter(store, client_of):
    store.folder.mkdir(mode=0o755)
    store.start()
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert socket_path(store.folder).stat().st_mode & 0o077 == 0
    assert client_of(store).config_get("port") == {"port": "0"}


def test_a_stopped_store_has_ended_and_keeps_its_data(store, client_of):
    with store:
        client_of(store).set("key", b"\x00\xff")
    assert not store.alive()
    with store:
        assert client_of(store).get("key") == b"\x00\xff"


def test_stopping_twice_is_harmless(store):
    store.start()
    store.stop()
    store.stop()


def test_what_was_answered_survives_a_killed_server(store, client_of):
    store.start()
    client = client_of(store)
    for number in range(50):
        client.rpush("answered", number)
    kill_server(store, client)
    store.start()
    assert client.llen("answered") == 50


def test_a_file_that_was_cut_off_in_the_middle_of_a_write_is_loaded(store, client_of):
    with store:
        client_of(store).set("key", "value")
    (latest,) = store.folder.glob("appendonlydir/*.incr.aof")
    with latest.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nlo")
    with store:
        assert client_of(store).get("key") == b"value"


def test_a_folder_written_by_valkey_is_read_by_the_other_server(tmp_path, server_binary, client_of):
    with EmbeddedStore(tmp_path, binary=bundled_server()) as first:
        client = client_of(first)
        client.zadd("due", {"a": 1})
        client.bgrewriteaof()
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.01)
    with EmbeddedStore(tmp_path, binary=server_binary) as second:
        assert client_of(second).zscore("due", "a") == 1


@pytest.mark.parametrize("name", ["with a space", "üñí", "quote'\"", "long" * 30])
def test_any_name_of_a_folder_will_do(tmp_path, server_binary, client_of, name):
    with EmbeddedStore(tmp_path / name, binary=server_binary) as store:
        assert client_of(store).ping()
        assert len(os.fsencode(socket_path(store.folder))) <= SOCKET_PATH_MAX_BYTES
        assert socket_path(store.folder).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_nothing_is_left_of_a_short_socket_folder(tmp_path, server_binary, client_of, ending):
    store = EmbeddedStore(tmp_path / ("long" * 30), binary=server_binary)
    store.start()
    short = socket_path(store.folder).parent
    assert short != store.folder
    with pytest.raises(ConfigurationError, match="another process"):
        EmbeddedStore(store.folder, binary=server_binary).start()
    assert client_of(store).ping()
    if ending == "killed":
        kill_server(store, client_of(store))
    store.stop()
    assert not short.exists()
    assert store.folder.exists()
    with store:
        assert client_of(store).ping()


def test_a_folder_held_by_a_running_store_is_refused(store, server_binary, client_of):
    store.start()
    second = EmbeddedStore(store.folder, binary=server_binary)
    with pytest.raises(ConfigurationError, match="another process"):
        second.start()
    assert client_of(store).ping()


def test_a_folder_held_by_another_process_is_refused_and_taken_over_once_that_is_killed(
    store, server_binary, client_of
):
    command = [sys.executable, str(OWNER), str(store.folder), str(server_binary)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout.readline() == "ready\n"
        with pytest.raises(ConfigurationError, match="another process"):
            store.start()
        client = client_of(store)
        left_behind = client.info("server")["process_id"]
        owner.kill()
    assert client.ping()
    store.start()
    assert client.info("server")["process_id"] != left_behind
    assert client.get("written by") == b"the owner"


def test_a_folder_that_is_not_ours_is_refused(tmp_path, server_binary):
    (tmp_path / "file").write_text("")
    store = EmbeddedStore(tmp_path / "file" / "data", binary=server_binary)
    with pytest.raises(ConfigurationError, match="cannot use the folder"):
        store.start()


def test_a_short_folder_that_another_planted_in_temp_is_refused(
    tmp_path, server_binary, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = EmbeddedStore(tmp_path / ("long" * 30), binary=server_binary)
    socket_path(store.folder).parent.symlink_to("/")
    with pytest.raises(ConfigurationError, match="somebody else"):
        store.start()


def test_a_server_that_hangs_is_ended_by_force(tmp_path, server_binary, client_of):
    store = EmbeddedStore(tmp_path, binary=server_binary, stop_timeout_s=0.1)
    store.start()
    process = client_of(store).info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    store.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_server_that_was_left_behind_and_hangs_is_told(store, server_binary):
    command = [sys.executable, str(OWNER), str(store.folder), str(server_binary)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout.readline() == "ready\n"
        owner.kill()
    left_behind = int((store.folder / "server.pid").read_text())
    os.kill(left_behind, signal.SIGSTOP)
    try:
        with pytest.raises(ConfigurationError, match="left behind"):
            EmbeddedStore(store.folder, binary=server_binary, stop_timeout_s=0.1).start()
    finally:
        os.kill(left_behind, signal.SIGKILL)


def test_a_large_log_is_put_aside(store):
    store.folder.mkdir()
    log = store.folder / "server.log"
    log.write_bytes(b"x" * (LOG_MAX_BYTES + 1))
    with store:
        assert log.stat().st_size < LOG_MAX_BYTES
        assert (store.folder / "server.log.old").stat().st_size == LOG_MAX_BYTES + 1
