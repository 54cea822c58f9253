"""What an observer is told of each git command: never a credential."""

from watchdog.history.git import Git


def test_each_command_is_told_with_its_status_and_bytes(tmp_path):
    steps = []
    outcome = Git(tmp_path / "credentials", steps.append).run("--version", doing="asking")
    (step,) = steps
    assert (step.by, step.what, step.result) == ("git", "--version", "status 0")
    assert step.size_bytes == len(outcome.out.encode())
    assert step.took_ms > 0


def test_a_url_is_told_without_its_user_and_password(tmp_path):
    steps = []
    url = "https://me:secret@127.0.0.1:1/a/b"
    Git(observer=steps.append).run("ls-remote", "--", url, doing="asking")
    assert steps[0].what == "ls-remote -- https://127.0.0.1:1/a/b"
    assert steps[0].result == "status 128"
