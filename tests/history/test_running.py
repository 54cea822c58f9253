"""Ending gits that still run, as a worker does when it stops."""

import threading

from watchdog.history.git import Git

SLEEP = ("-c", "alias.nap=!sleep 60", "nap")


def test_a_stop_ends_the_git_that_runs_and_every_later_one():
    git, outcomes = Git(), []

    def nap():
        outcomes.append(git.run(*SLEEP, doing="napping").status)

    napping = threading.Thread(target=nap)
    napping.start()
    git.running.stop()
    napping.join(10)
    assert not napping.is_alive()
    nap()
    assert outcomes == [-9, -9]
