"""Writing a first policy file from proposals: YAML that nothing from outside breaks out of.

Values are written by the YAML library; what stands in comments is one cleaned line each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from watchdog.core.message import plain
from watchdog.core.proposal import NOTE_MAX_CHARS, Pattern, Proposal

_EXAMPLE_SOURCE = "https://github.com/OWNER/REPOSITORY"
_DEFAULTS = {"enforce": "alert", "tags": ["latest"]}
_TOP = "What is watched, and where it is built from; the first rule that matches a tag wins."
_ENFORCE = "alert: tell people. After a quiet week, enforce: revert puts the trusted build back."
_MATCHED = "All others in this namespace, and those above that have no rule of their own:"


@dataclass(frozen=True, slots=True)
class FirstPolicy:
    """All that goes into the file; `registries` as the file has it, {} where none is needed."""

    written_by: str
    registries: dict[str, dict[str, Any]]
    proposals: Sequence[Proposal]
    pattern: Pattern | None

    @property
    def has_rules(self) -> bool:
        """Whether there is anything to watch: a policy without a rule is none."""
        return bool(self.pattern) or any(proposal.source for proposal in self.proposals)

    def text(self) -> str:
        """Write the file."""
        sections = [f"{_comment(self.written_by)}{_comment(_TOP)}"]
        sections.append(f"{_comment(_ENFORCE)}{_yaml({'defaults': _DEFAULTS})}")
        if self.registries:
            sections.append(_yaml({"registries": self.registries}))
        return "\n".join([*sections, f"watch:\n{''.join(self._rules())}"])

    def _rules(self) -> Iterable[str]:
        for proposal in self.proposals:
            if proposal.source and not proposal.fits:
                yield f"{_indented(_comment(proposal.note))}{_rule(proposal)}"
        for proposal in self.proposals:
            if not proposal.source:
                yield _indented(f"{_comment(proposal.note)}{_commented(_rule(proposal))}")
        if self.pattern:
            fitting = sum(proposal.fits for proposal in self.proposals)
            rule = {"image": self.pattern.images, "source": self.pattern.source}
            said = _comment(f"{_MATCHED} the images of {fitting} say so today.")
            yield f"{_indented(said)}{_indented(_yaml([rule]))}"


def _rule(proposal: Proposal) -> str:
    source = f"https://{proposal.source}" if proposal.source else _EXAMPLE_SOURCE
    rule = _yaml([{"image": str(proposal.repository), "source": source}])
    return _indented(rule) if proposal.source else rule


def _yaml(value: Any) -> str:
    written: str = yaml.safe_dump(value, sort_keys=False, width=float("inf"))
    return written


def _comment(text: str) -> str:
    """Write a line of comment, whatever the text holds; nothing for none."""
    cleaned = plain(text, NOTE_MAX_CHARS)
    return f"# {cleaned}\n" if cleaned else ""


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())
