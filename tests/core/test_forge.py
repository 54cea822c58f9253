"""Where forges show commits."""

import pytest

from watchdog.core.forge import commit_address, compare_address
from watchdog.core.source import parse_source

ADDRESSES = {
    "github.com": ("/commit/new", "/compare/old...new"),
    "gitlab.com": ("/-/commit/new", "/-/compare/old...new"),
    "codeberg.org": ("/commit/new", "/compare/old...new"),
    "bitbucket.org": ("/commits/new", "/branches/compare/new%0Dold"),
}


@pytest.mark.parametrize(("host", "paths"), ADDRESSES.items(), ids=ADDRESSES)
def test_a_forge_that_is_known_shows_commits_at_its_own_place(host, paths):
    source = parse_source(f"https://{host}/acme/app")[0]
    found = commit_address(source, "new"), compare_address(source, "old", "new")
    assert found == tuple(f"https://{host}/acme/app{path}" for path in paths)


def test_of_another_forge_nothing_is_guessed():
    source = parse_source("https://git.example.org/acme/app")[0]
    assert commit_address(source, "new") is None
    assert compare_address(source, "old", "new") is None
