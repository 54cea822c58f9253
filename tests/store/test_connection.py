"""Reaching the store."""

import socketserver
import threading
import time
from pathlib import Path

import pytest

from watchdog.errors import ConfigurationError, StoreError
from watchdog.store.connection import (
    check_configuration,
    connect,
    failed_writes,
    now_ms,
    store_errors,
    unsafe_settings,
)

SAFE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
}


@pytest.fixture
def configure(client):
    """Set the configuration for one test."""

    def change(**settings):
        for name, value in settings.items():
            client.config_set(name.replace("_", "-"), value)

    yield change
    change(**SAFE)


@pytest.mark.parametrize(
    "url", ["", "localhost:6379", "http://localhost", "redis://host:port/", "redis://host:99999999"]
)
def test_an_unusable_url_is_refused_without_repeating_it(url):
    with pytest.raises(ConfigurationError) as caught:
        connect(url)
    assert not url or url not in str(caught.value)


def test_a_password_is_not_in_the_error_about_an_unreachable_server():
    client = connect("redis://user:hunter2@127.0.0.1:1/0")
    with pytest.raises(StoreError) as caught:
        now_ms(client)
    assert "hunter2" not in str(caught.value)
    assert caught.value.retryable


def test_the_time_is_the_servers_own(client):
    seconds, _ = client.time()
    assert seconds * 1000 <= now_ms(client) < (seconds + 60) * 1000


def test_a_connection_that_the_server_closed_is_replaced(client, any_server):
    client.ping()
    other = connect(any_server)
    other.client_kill_filter(_type="normal", skipme=True)
    assert client.ping()
    other.close()


@pytest.fixture
def forgetful_server(tmp_path):
    """A server that takes an INCRBY and hangs up; its URL and what it took."""
    taken = []

    class Forgetful(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                if line.strip() == b"INCRBY":
                    taken.append(line)
                    return
                answer = {b"PING": b"+PONG\r\n", b"CLIENT": b"+OK\r\n"}.get(line.strip(), b"")
                self.wfile.write(answer)

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    path = tmp_path / "forgetful.sock"
    with Server(str(path), Forgetful) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"unix://{path}", taken
        server.shutdown()
        thread.join()


def test_a_command_whose_answer_was_lost_is_not_repeated(forgetful_server):
    url, taken = forgetful_server
    client = connect(url)
    with pytest.raises(StoreError), store_errors("counting"):
        client.incr("n")
    client.close()
    assert len(taken) == 1


def test_an_embedded_server_is_configured_safely(client):
    assert check_configuration(client) == ()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"appendonly": "no"}, "keeps nothing on disk"),
        ({"appendonly": "no", "save": "3600 1"}, "snapshots only"),
        ({"appendfsync": "everysec"}, "appendfsync is 'everysec'"),
        ({"maxmemory": "1gb", "maxmemory_policy": "allkeys-lru"}, "maxmemory-policy is"),
    ],
)
def test_what_could_lose_data_is_said_in_words(client, configure, settings, words):
    configure(**settings)
    (warning,) = check_configuration(client)
    assert words in warning


def test_an_eviction_policy_without_a_limit_does_not_matter(client, configure):
    configure(maxmemory_policy="allkeys-lru")
    assert check_configuration(client) == ()


def test_several_dangers_are_all_said(client, configure):
    configure(appendonly="no", maxmemory="1gb", maxmemory_policy="volatile-ttl")
    assert len(check_configuration(client)) == 2


def test_a_server_that_forbids_config_is_said(client, any_server):
    client.acl_setuser(
        "limited", enabled=True, passwords=["+secret"], categories=["+@all"], commands=["-config"]
    )
    limited = connect(any_server.replace("unix://", "unix://limited:secret@"))
    try:
        (warning,) = check_configuration(limited)
    finally:
        limited.close()
        client.acl_deluser("limited")
    assert "does not let us read its configuration" in warning


def test_where_the_configuration_may_be_read_what_is_unsafe_is_what_is_warned_of(client, configure):
    assert unsafe_settings(client) == ()
    configure(appendonly="no")
    assert unsafe_settings(client) == check_configuration(client) != ()


@pytest.fixture
def limited(client, any_server):
    """Make clients of the same server that may not do some commands."""
    clients = []

    def make(*forbidden):
        commands = [f"-{command}" for command in forbidden]
        client.acl_setuser(
            "limited",
            enabled=True,
            reset=True,
            passwords=["+secret"],
            categories=["+@all"],
            commands=commands,
        )
        clients.append(connect(any_server.replace("unix://", "unix://limited:secret@")))
        return clients[-1]

    yield make
    for each in clients:
        each.close()
    client.acl_deluser("limited")


def test_where_it_may_not_be_read_the_server_s_own_account_is_believed(limited, configure):
    assert unsafe_settings(limited("config")) == ()
    configure(appendonly="no")
    (fault,) = unsafe_settings(limited("config"))
    assert "no append-only file" in fault


def test_of_a_server_that_says_nothing_nothing_is_said(limited, configure):
    configure(appendonly="no")
    silent = limited("config", "info")
    assert unsafe_settings(silent) == failed_writes(silent) == ()


@pytest.fixture
def snapshot(client):
    """Let the server write a snapshot, and wait for its end."""
    place = Path(*(client.config_get(name)[name] for name in ("dir", "dbfilename")))

    def settled():
        busy = ("rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled")
        while any(client.info("persistence")[name] for name in busy):
            time.sleep(0.01)

    def make():
        settled()
        client.bgsave()
        settled()
        return failed_writes(client)

    make.place = place
    yield make
    place.unlink(missing_ok=True)


def test_a_snapshot_that_failed_is_said_until_one_does_not(client, snapshot):
    assert failed_writes(client) == ()
    snapshot.place.mkdir()
    try:
        assert snapshot() == ("it could not write its last snapshot",)
    finally:
        snapshot.place.rmdir()
    assert snapshot() == ()


def test_checking_an_unreachable_server_is_a_store_error(tmp_path):
    with pytest.raises(StoreError):
        check_configuration(connect(f"unix://{tmp_path}/gone.sock"))
