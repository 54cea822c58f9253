"""Where forges show a commit, and what lies between two of them.

Only for sources of the policy: what an image claims is never made a link.
"""

from watchdog.core.source import Source

_GITHUB = ("{base}/commit/{new}", "{base}/compare/{old}...{new}")
_GITLAB = ("{base}/-/commit/{new}", "{base}/-/compare/{old}...{new}")
_BITBUCKET = ("{base}/commits/{new}", "{base}/branches/compare/{new}%0D{old}")
FORGES = {
    "github.com": _GITHUB,
    "gitlab.com": _GITLAB,
    "codeberg.org": _GITHUB,
    "bitbucket.org": _BITBUCKET,
}
"""By host: the address of a commit, and of a comparison; `{base}` is the repository's own."""


def commit_address(source: Source, revision: str) -> str | None:
    """Give the page of a commit; None where the forge is not known."""
    known = FORGES.get(source.host)
    return known[0].format(base=f"https://{source}", new=revision) if known else None


def compare_address(source: Source, old: str, new: str) -> str | None:
    """Give the page of what lies between two commits; None where the forge is not known."""
    known = FORGES.get(source.host)
    return known[1].format(base=f"https://{source}", old=old, new=new) if known else None
