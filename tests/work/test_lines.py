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


def test_a_release_that_took_the_tag_from_main_is_put_back_until_main_is_built_with_it(house):
    git = house.repository
    released = git.tag("v1.0.0", git.commit("released"))
    assert house.pushed(released) == (Code.FIRST_SEEN,)
    assert house.pushed(git.commit("main goes on")) == (Code.NEWER,)
    patch = git.branch("release-1.0", git.tag("v1.0.1", git.loose("patch", released)))
    assert house.pushed(patch) == (Code.NEWER,)
    release = house.held

    without_it = git.commit("main has not merged it yet")
    with_it = git.merge("main", "release-1.0")

    assert house.pushed(without_it) == (Code.DIVERGED,)
    assert house.held != release
    assert house.pushed(released) == (Code.OLDER_COMMIT,)
    assert house.held == release
    assert house.pushed(with_it) == (Code.NEWER,)
