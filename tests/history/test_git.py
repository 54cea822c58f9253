import os
import signal
import time
from pathlib import Path

import pytest

from watchdog.errors import ConfigurationError, DeniedError, NotFoundError, RemoteError
from watchdog.history.git import OUTPUT_MAX_BYTES, Git, Outcome, check_git, failure


def wrapper(tmp_path, monkeypatch, script):
    """Put a program called git before the real one in PATH."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    real = next(p for d in os.environ["PATH"].split(":") if (p := Path(d, "git")).exists())
    program.write_text(f"#!/bin/sh\n{script.replace('{git}', str(real))}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_the_git_of_this_machine_passes_the_probe():
    check_git()


def test_a_git_that_fetches_by_itself_is_refused(tmp_path, monkeypatch):
    wrapper(tmp_path, monkeypatch, 'unset GIT_NO_LAZY_FETCH; exec {git} "$@"')
    with pytest.raises(ConfigurationError, match="GIT_NO_LAZY_FETCH"):
        check_git()


def test_no_git_at_all_is_a_matter_of_configuration(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="not installed"):
        check_git()


def test_git_sees_neither_the_callers_settings_nor_its_repository(tmp_path, monkeypatch):
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = somebody\n")
    for name, value in {
        "HOME": str(tmp_path),
        "GIT_DIR": str(tmp_path / "other"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "somebody",
        "GIT_SSH": "/bin/false",
    }.items():
        monkeypatch.setenv(name, value)
    assert Git().run("config", "user.name", doing="test").out == ""
    seen = Git().run("-c", "alias.env=!env", "env", doing="test").out
    assert "GIT_SSH=" not in seen
    assert "other" not in seen
    assert f"HOME={tmp_path}" in seen
    assert "GIT_NO_LAZY_FETCH=1" in seen


@pytest.mark.parametrize("url", ["/etc", "file:///etc", "ext::sh -c true"])
def test_only_network_protocols_are_spoken(url):
    assert "not allowed" in Git().run("ls-remote", "--", url, doing="test").err


def test_a_git_that_takes_too_long_is_killed_with_its_children(tmp_path, monkeypatch):
    wrapper(tmp_path, monkeypatch, f"sleep 60 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(RemoteError, match=r"waiting: git was killed after 0\.3 s") as caught:
        Git().run("x", doing="waiting", limit_s=0.3)
    assert caught.value.retryable
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        # Nobody may have reaped it yet: a zombie is dead enough.
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child lives on")


def test_a_git_that_drips_is_killed_on_time(tmp_path, monkeypatch):
    wrapper(tmp_path, monkeypatch, "while :; do echo x; done")
    with pytest.raises(RemoteError, match=r"killed after|said over"):
        Git().run("x", doing="waiting", limit_s=0.3)


def test_a_git_that_says_too_much_is_stopped(tmp_path, monkeypatch):
    wrapper(tmp_path, monkeypatch, f"head -c {OUTPUT_MAX_BYTES + 1000000} /dev/zero; sleep 60")
    with pytest.raises(RemoteError, match="said over"):
        Git().run("x", doing="reading")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("fatal: Authentication failed for 'https://h/o/r/'", DeniedError),
        ("fatal: could not read Username for 'https://h': terminal prompts disabled", DeniedError),
        ("fatal: unable to access 'u': The requested URL returned error: 403", DeniedError),
        ("git@h: Permission denied (publickey).", DeniedError),
        ("fatal: repository 'https://h/o/r/' not found", NotFoundError),
        ("ERROR: Repository not found.\nfatal: Could not read from remote", NotFoundError),
        ("fatal: unable to access 'u': The requested URL returned error: 503", RemoteError),
        ("fatal: unable to access 'u': Could not resolve host: h", RemoteError),
        ("fatal: the remote end hung up unexpectedly", RemoteError),
    ],
)
def test_what_git_complains_of_becomes_the_error_a_caller_would_treat_so(words, kind):
    error = failure("fetching h/o/r", Outcome(128, "", words))
    assert type(error) is kind
    assert error.retryable is (kind is RemoteError)
    assert str(error).startswith("fetching h/o/r")


def test_an_error_is_short_and_has_neither_userinfo_nor_control_characters():
    words = "fatal: unable to access 'https://u:secret@h/o/r': \x1b[31m" + "x" * 1000
    message = str(failure("fetching", Outcome(128, "", words)))
    assert "secret" not in message
    assert "\x1b" not in message
    assert len(message) < 400
