"""Version tags and their order, for releases that git alone does not order.

Precedence: Semantic Versioning 2.0.0 §11, with any number of numeric parts, a prefix (`v`, `app/v`,
`release-`) that must be the same on both sides, and `rc10` above `rc9`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_VERSION = re.compile(
    r"(?P<prefix>|.*?[^0-9.])(?P<numbers>\d{1,12}(?:\.\d{1,12}){0,4})"
    r"(?:-(?P<pre>(?!v?\d+\.\d)[0-9A-Za-z.-]{1,64}))?(?:\+[0-9A-Za-z.-]{1,64})?"
)
# (0, number, "") or (1, 0, word): a number is below a word, and neither is compared with the other.
_Field = tuple[int, int, str]
_RELEASE: tuple[_Field, ...] = ((2, 0, ""),)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version's place in the order; compare only versions of one prefix."""

    numbers: tuple[int, ...]
    pre: tuple[_Field, ...] = _RELEASE


def parse_version(tag: str) -> tuple[str, Version] | None:
    """Read a git tag's short name into prefix and version; None where it is no version."""
    match = _VERSION.fullmatch(tag)
    if not match:
        return None
    numbers = [int(number) for number in match["numbers"].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return match["prefix"].lower(), Version(tuple(numbers), _precedence(match["pre"]))


def higher(tags: Iterable[str], others: Iterable[str]) -> bool | None:
    """Tell whether the highest version of `tags` is above that of `others`.

    None where they cannot be compared: no version, no common prefix, or equal ones. Nor is a
    pre-release (`v9-experiment`) held to be above a release: that is for git to say.
    """
    ours, theirs = _highest(tags), _highest(others)
    for prefix in sorted(ours.keys() & theirs.keys()):
        low, high = sorted((ours[prefix], theirs[prefix]))
        junk = high.pre != _RELEASE and low.pre == _RELEASE
        if low != high and not junk:
            return ours[prefix] == high
    return None


def _precedence(pre: str | None) -> tuple[_Field, ...]:
    if pre is None:
        return _RELEASE
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|[^\d.]+", pre)
    )


def _highest(tags: Iterable[str]) -> dict[str, Version]:
    best: dict[str, Version] = {}
    for prefix, version in filter(None, map(parse_version, tags)):
        best[prefix] = max(version, best.get(prefix, version))
    return best
