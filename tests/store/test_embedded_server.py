"""Which server is run, and what happens with one that does not do as it should."""

import subprocess
import sys
import textwrap

import pytest

from watchdog.errors import ConfigurationError, StoreError
from watchdog.store.embedded import EmbeddedStore, bundled_server, find_server


def script(path, text):
    """Make an executable that stands in for a server."""
    path.write_text(textwrap.dedent(text))
    path.chmod(0o700)
    return path


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path):
    broken = script(tmp_path / "broken", "#!/bin/sh\necho no memory today\nexit 1\n")
    store = EmbeddedStore(tmp_path / "data", binary=broken)
    with pytest.raises(ConfigurationError, match="no memory today"):
        store.start()
    with EmbeddedStore(tmp_path / "data", binary=bundled_server()) as again:
        assert again.alive()


def test_a_binary_that_cannot_be_run_is_told(tmp_path):
    store = EmbeddedStore(tmp_path / "data", binary=tmp_path / "nothing")
    with pytest.raises(ConfigurationError, match=r"cannot run .*nothing"):
        store.start()


def test_the_server_is_not_given_our_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("WATCHDOG_HOOK_SECRET", "hunter2")
    curious = script(tmp_path / "curious", "#!/bin/sh\nenv\nexit 1\n")
    with pytest.raises(ConfigurationError):
        EmbeddedStore(tmp_path / "data", binary=curious).start()
    said = (tmp_path / "data" / "server.log").read_text()
    assert "PATH=" in said
    assert "hunter2" not in said


@pytest.fixture
def loading_server(tmp_path):
    """A stand-in that answers PING as a server does while it loads, ninety times."""
    program = f"""\
        #!{sys.executable}
        import socketserver, sys
        left = [90]
        class Loading(socketserver.StreamRequestHandler):
            def handle(self):
                for line in self.rfile:
                    if line.strip().upper() == b"PING":
                        left[0] -= 1
                        answer = b"-LOADING loading the dataset" if left[0] > 0 else b"+PONG"
                        self.wfile.write(answer + b"\\r\\n")
                    elif line.strip().upper() == b"CLIENT":
                        self.wfile.write(b"+OK\\r\\n")
        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True
        Server(sys.argv[sys.argv.index("--unixsocket") + 1], Loading).serve_forever()
        """
    return script(tmp_path / "loading", program)


def test_a_server_that_loads_is_waited_for_beyond_the_timeout(tmp_path, loading_server, client_of):
    store = EmbeddedStore(tmp_path / "data", binary=loading_server, start_timeout_s=1.5)
    with store:
        assert client_of(store).ping()


def test_a_server_that_gives_no_sign_of_life_is_ended(tmp_path):
    silent = script(tmp_path / "silent", "#!/bin/sh\nexec sleep 600\n")
    store = EmbeddedStore(tmp_path / "data", binary=silent, start_timeout_s=0.1)
    with pytest.raises(StoreError, match="does not answer"):
        store.start()
    assert not store.alive()


def test_a_server_on_path_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == bundled_server()
    redis = script(tmp_path / "redis-server", "#!/bin/sh\n")
    assert find_server() == redis
    valkey = script(tmp_path / "valkey-server", "#!/bin/sh\n")
    assert find_server() == valkey


def test_without_any_server_it_says_what_to_install():
    program = """
        import sys
        from watchdog.errors import ConfigurationError
        from watchdog.store.embedded import find_server
        sys.path[:] = []
        try:
            find_server()
        except ConfigurationError as error:
            print(error)
    """
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'registry-watchdog[embedded]'" in said.stdout
