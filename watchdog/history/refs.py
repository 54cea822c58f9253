"""The refs of a source as its mirror has them, and which of them a policy allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from watchdog.core.commits import RefKind, RefPattern

UPSTREAM_HEAD = "refs/upstream/HEAD"


@dataclass(frozen=True, slots=True)
class Refs:
    """Branches and tags by full name, each with its id (tags peeled), and the default branch.

    `default` is None where the source's HEAD is missing, dangling or on no branch's tip: then the
    policy's `HEAD` allows nothing.
    """

    default: str | None
    head: str | None
    branches: Mapping[str, str]
    tags: Mapping[str, str]


def read_refs(listing: str, head_file: str) -> Refs:
    """Read what `git show-ref -d` prints, and the HEAD file of the mirror."""
    ids: dict[str, str] = {}
    for line in listing.splitlines():
        identifier, _, name = line.partition(" ")
        ids[name.removesuffix("^{}")] = identifier
    branches = {name: tip for name, tip in ids.items() if name.startswith("refs/heads/")}
    tags = {name: commit for name, commit in ids.items() if name.startswith("refs/tags/")}
    head, symbolic = ids.get(UPSTREAM_HEAD), head_file.strip().removeprefix("ref: ")
    default = symbolic if head and branches.get(symbolic) == head else None
    return Refs(default, head, branches, tags)


def allowed_branches(refs: Refs, allowed: tuple[RefPattern, ...]) -> tuple[str, ...]:
    """Return the branches that the policy allows, in the policy's order, a glob's by name."""
    found: dict[str, None] = {}
    for pattern in allowed:
        if pattern.kind is RefKind.HEAD:
            found |= {refs.default: None} if refs.default else {}
        elif pattern.kind is RefKind.BRANCH:
            found |= {name: None for name in sorted(refs.branches) if matches(pattern, name)}
    return tuple(found)


def allowed_tags(refs: Refs, allowed: tuple[RefPattern, ...]) -> tuple[str, ...]:
    """Return the tags that the policy allows, by name."""
    patterns = [pattern for pattern in allowed if pattern.kind is RefKind.TAG]
    return tuple(n for n in sorted(refs.tags) if any(matches(p, n) for p in patterns))


def matches(pattern: RefPattern, name: str) -> bool:
    """Compare a full ref name with a glob as git's wildmatch with WM_PATHNAME does (wildmatch.c).

    `*`, `?` and `[…]` do not cross `/`; `**/` stands for any folders or none, a closing `/**` for
    all that is below. Unlike the arguments of for-each-ref, a name does not match what is below it.
    """
    return _matches(pattern.pattern.split("/"), name.split("/"))


def _matches(globs: list[str], parts: list[str]) -> bool:
    if not globs or not parts:
        return globs == parts
    if globs == ["**"]:
        return True
    if globs[0] == "**":
        return _matches(globs[1:], parts) or _matches(globs, parts[1:])
    return fnmatchcase(parts[0], globs[0]) and _matches(globs[1:], parts[1:])
