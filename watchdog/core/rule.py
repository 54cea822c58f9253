"""What holds for one tag, after the policy was read."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from watchdog.core.commits import RefPattern
from watchdog.core.pulls import Pulls
from watchdog.core.signing import SigningRule
from watchdog.core.source import Source
from watchdog.core.verdict import Code

# Signing comes after the push: how long a build may lack its attestation.
SIGNED_WITHIN = timedelta(minutes=10)
DEFAULT_SIGNING = SigningRule()


class Enforce(StrEnum):
    """What follows a rejected build: recorded only, told, or put back."""

    OBSERVE = "observe"
    ALERT = "alert"
    REVERT = "revert"


class Require(StrEnum):
    """The weakest evidence that is accepted."""

    LABELS = "labels"
    BUILDKIT = "buildkit"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class FlappingRule:
    """More than so many changes within this time are flapping; without one it is over."""

    changes: int = 5
    within: timedelta = timedelta(minutes=30)


DEFAULT_FLAPPING = FlappingRule()


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one tag. `sources` are the source and its aliases; `url` is git's address."""

    url: str
    sources: tuple[Source, ...]
    refs: tuple[RefPattern, ...]
    enforce: Enforce
    revert_on: tuple[Code, ...]
    require: Require
    max_lag: timedelta | None
    signing: SigningRule = DEFAULT_SIGNING
    signed_within: timedelta = SIGNED_WITHIN
    pulls: Pulls | None = None
    flapping: FlappingRule = DEFAULT_FLAPPING
    revert_people: bool = False
    """Whether what a person moved is put back, too; otherwise it is told only."""

    @property
    def fingerprint(self) -> str:
        """A short hash of all that decides acceptance: it changes when verdicts may change."""
        said = [self.url, *map(str, self.sources), *map(str, self.refs), self.require.value]
        if self.require is Require.SIGNED:
            said.append(repr(self.signing))
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]

    def address_of(self, source: Source) -> str:
        """Write a source as a URL: with TLS, unless the policy reaches that host without."""
        plain = self.url.lower().startswith("http://") and source.host == self.sources[0].host
        return f"{'http' if plain else 'https'}://{source}"
