"""A first rule for a repository: the source that its image claims, or why nothing is proposed.

What an image says of itself is proposed, not believed: whoever reads the proposal knows which
source is right. A tag that is wrong today names the wrong one.
"""

from dataclasses import dataclass

from watchdog.core.evidence import Reading
from watchdog.core.message import plain
from watchdog.core.reference import Repository
from watchdog.core.source import Source, parse_source
from watchdog.errors import MalformedError

NOTE_MAX_CHARS = 200
NO_LABEL = "no label: which repository builds this?"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Where the images of one namespace come from, as a rule: `images` is a glob `…/*`."""

    images: str
    source: str

    def source_of(self, repository: Repository) -> Source | None:
        """Say which source the rule has for a repository; None where it is for none."""
        within, slash, name = str(repository).rpartition("/")
        if f"{within}{slash}*" != self.images:
            return None
        try:
            return parse_source(self.source.replace("{name}", name))[0]
        except MalformedError:
            return None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to write for one repository. Without a source nothing could be decided.

    `fits` says that the pattern has the same source; `note` is for whoever reads it.
    """

    repository: Repository
    source: Source | None = None
    fits: bool = False
    note: str = ""


def undecided(repository: Repository, why: str) -> Proposal:
    """Propose nothing for a repository, and say why."""
    return Proposal(repository, note=plain(why, NOTE_MAX_CHARS))


def propose(repository: Repository, reading: Reading, pattern: Pattern | None) -> Proposal:
    """Propose the source that an image claims."""
    evidence = reading.evidence
    if evidence is None:
        why = "; ".join(finding.detail for finding in reading.findings)
        return undecided(repository, NO_LABEL if reading.unlabelled else f"not decided: {why}")
    expected = pattern.source_of(repository) if pattern else None
    notes: list[str] = []
    if expected and expected != evidence.source:
        notes.append(f"its image says so; {expected} was expected: which one is right?")
    if evidence.inherited_by:
        notes.append(f"{evidence.inherited_by} says the very same: is it this image's own?")
    elif evidence.stale:
        notes.append("written at another time than the image: its base's word, perhaps?")
    note = plain(" ".join(notes), NOTE_MAX_CHARS)
    return Proposal(repository, evidence.source, expected == evidence.source and not notes, note)
