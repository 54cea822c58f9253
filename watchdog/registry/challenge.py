"""WWW-Authenticate: how a registry wants to be told who asks (RFC 9110, 11.6.1)."""

import re
from dataclasses import dataclass
from itertools import zip_longest

_SCHEME = re.compile(r"(?:^|,)\s*(bearer|basic)(?:\s+|\s*$|\s*(?=,))", re.IGNORECASE)
# A name is bounded, and begins where no letter stands before it: else the search is quadratic.
_PARAMETER = re.compile(
    r'(?<![a-z])([a-z]{1,32})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Bearer with a token endpoint, or Basic with neither realm nor service of interest."""

    realm: str | None
    service: str = ""

    @property
    def is_basic(self) -> bool:
        """Whether user and password themselves are wanted."""
        return self.realm is None


BASIC = Challenge(None)
HEADER_MAX_CHARS = 4096


def parse_challenge(header: str) -> Challenge | None:
    """Read the strongest challenge of a header, Bearer before Basic; None if neither is there.

    Of a header over HEADER_MAX_CHARS nothing is read.
    """
    if len(header) > HEADER_MAX_CHARS:
        return None
    found: dict[str, dict[str, str]] = {}
    starts = list(_SCHEME.finditer(header))
    for start, following in zip_longest(starts, starts[1:]):
        parameters = {
            name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare
            for name, quoted, bare in _PARAMETER.findall(
                header[start.end() : following and following.start()]
            )
        }
        found.setdefault(start[1].lower(), parameters)
    if "realm" in found.get("bearer", {}):
        return Challenge(found["bearer"]["realm"], found["bearer"].get("service", ""))
    return BASIC if "basic" in found else None
