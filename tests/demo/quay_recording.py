"""Reading the recording of a real Quay: by section, what was asked, pushed, sent and said."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

RECORDING = Path(__file__).parents[1] / "fixtures" / "quay" / "recorded-exchanges.md"
_PUSH = re.compile(
    r"`\$ skopeo copy (?:--all )?(\S+) docker://[^/]+/(\S+):(\S+)`  \(as (\S+)\) -> rc (\d)"
)
_ASKED = re.compile(
    r"(GET|HEAD|POST|PUT|DELETE) (\S+)(?: +\[(?:token: (\w+)|no token)\]| (\{.*\}))"
)
_HEADER = re.compile(r"([A-Z][\w-]*): (.*)")


@dataclass(frozen=True)
class Ask:
    """One exchange with the API."""

    method: str
    target: str
    token: str | None
    headers: dict
    body: str
    status: int
    answered: dict
    text: str


@dataclass(frozen=True)
class Push:
    """One run of skopeo."""

    source: str
    path: str
    tag: str
    who: str
    refused: bool


@dataclass(frozen=True)
class Heard:
    """One request that a receiver of hooks got."""

    method: str
    target: str
    headers: dict
    text: str


@dataclass(frozen=True)
class Said:
    """One line of the report of whoever recorded it."""

    line: str


@dataclass
class Section:
    title: str
    steps: list = field(default_factory=list)


def read_recording(text=None):
    """Read all sections, in order."""
    sections, lines = [], iter((text or RECORDING.read_text()).splitlines())
    for line in lines:
        if line.startswith("## "):
            sections.append(Section(line[3:]))
        elif line.startswith("```"):
            block = list(iter(lambda: next(lines), "```"))
            sections[-1].steps.append(_block(block) if line == "```http" else Said(block[0]))
        elif sections and line.strip() and not line.startswith("#"):
            pushed = _PUSH.fullmatch(line)
            sections[-1].steps.append(
                Push(*pushed.groups()[:4], pushed[5] != "0") if pushed else Said(line)
            )
    return sections


def _block(lines):
    if lines[0].endswith(" HTTP/1.1"):
        method, target, _ = lines[0].split(" ")
        return Heard(method, target, *_message(lines[1:]))
    method, target, token, headers = _ASKED.fullmatch(lines[0]).groups()
    arrow = next(number for number, line in enumerate(lines) if line.startswith("--> "))
    return Ask(
        method,
        target,
        token,
        ast.literal_eval(headers) if headers else {},
        "\n".join(lines[1:arrow]),
        int(lines[arrow][4:]),
        *_message(lines[arrow + 1 :]),
    )


def _message(lines):
    headers = {}
    for number, line in enumerate(lines):
        found = _HEADER.fullmatch(line)
        if not found:
            return headers, "\n".join(lines[number:]).strip()
        headers[found[1]] = found[2]
    return headers, ""
