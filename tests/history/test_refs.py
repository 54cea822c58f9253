import pytest

from watchdog.core.commits import parse_ref_pattern
from watchdog.history.refs import matches


@pytest.mark.parametrize(
    ("glob", "name", "expected"),
    [
        ("refs/heads/release", "refs/heads/release/1", False),
        ("refs/heads/release*", "refs/heads/release-1/2", False),
        ("refs/heads/*", "refs/heads/a", True),
        ("refs/heads/*", "refs/heads/a/b", False),
        ("refs/heads/**", "refs/heads/a/b", True),
        ("refs/heads/**/b", "refs/heads/b", True),
        ("refs/heads/**/c", "refs/heads/a/b/c", True),
        ("v*", "refs/tags/v1.0", True),
        ("v*", "refs/tags/V1", False),
        ("v*", "refs/heads/v1", False),
        ("v?", "refs/tags/v10", False),
        ("v?", "refs/tags/v", False),
        ("v[0-9]", "refs/tags/v1", True),
        ("v[!0-9]*", "refs/tags/v1", False),
        ("**/v1", "refs/tags/v1", True),
        ("**/v1", "refs/tags/a/b/v1", True),
        ("v/**", "refs/tags/v/1/2", True),
        ("v/**", "refs/tags/v", False),
        ("*", "refs/tags/app/v1", False),
        ("refs/heads/[z-a]", "refs/heads/b", False),
        ("refs/heads/[", "refs/heads/[", True),
        ("refs/heads/a.b", "refs/heads/axb", False),
    ],
)
def test_a_glob_stays_within_its_folder_unless_it_has_two_stars(glob, name, expected):
    assert matches(parse_ref_pattern(glob), name) is expected
