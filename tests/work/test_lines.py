"""How builds of a branch and releases beside it are ordered, on real repositories."""

from watchdog.core.verdict import Code


def test_a_back_port_does_not_take_the_tag_from_a_branch_that_contains_a_higher_release(house):
    git = house.repository
    old = git.tag("v1.0.0", git.commit("old"))
    assert house.pushed(old) == (Code.FIRST_SEEN,)
    git.tag("v1.1.0", git.commit("a release that nobody built"))
    assert house.pushed(git.commit("main goes on")) == (Code.NEWER,)

    back_port = git.tag("v1.0.1", git.loose("back-port", old))
    next_patch = git.tag("v1.1.1", git.loose("patch", git.tip("main")))

    assert house.pushed(back_port) == (Code.OLDER_RELEASE,)
    assert house.pushed(next_patch) == (Code.NEWER,)


def test_a_branch_that_was_rewritten_below_a_release_goes_on_from_there(house):
    git = house.repository
    first = git.commit("first")
    assert house.pushed(git.tag("v1.0.0", git.commit("released"))) == (Code.FIRST_SEEN,)

    git.force("main", git.loose("amended", first))

    assert house.pushed(git.tip("main")) == (Code.REWRITTEN_HISTORY,)
    assert house.pushed(git.commit("next")) == (Code.NEWER,)
    assert "information" in house.told()
