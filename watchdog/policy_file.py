"""The policy file: read, checked, and every fault named with its line.

What the keys mean is `core.policy`'s. All scalars are read as text, so that the tag `3.20` is not a
number and `on` is not true.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from watchdog.core.policy import Policy, PolicyError, parse_policy
from watchdog.core.policy_faults import KeyPath
from watchdog.errors import ConfigurationError

FILE_MAX_BYTES = 4 * 1024 * 1024


def read_policy(path: Path) -> Policy:
    """Read and check a policy file; raises ConfigurationError that names file, line and key."""
    return read_with_warnings(path)[0]


def read_with_warnings(path: Path) -> tuple[Policy, tuple[str, ...]]:
    """Read and check a policy file, and say what in it may not be as it seems.

    Raises one ConfigurationError that holds every fault, one a line, with file, line and key.
    """
    root, document = _load(path)
    lines = dict(_lines(root, ()))
    faults = [(line, key, "stands twice") for key, line in _twice(root, ())]
    policy, problems = _parse(document)
    faults += [(_line(lines, key), key, text) for key, text in problems]
    if faults or policy is None:
        faults.sort(key=lambda fault: fault[0])
        said = (f"{path}:{line}: {_name(key)}: {text}" for line, key, text in faults)
        raise ConfigurationError("\n".join(said))
    warnings = (
        f"{path}:{_line(lines, key)}: {_name(key)}: {text}" for key, text in policy.warnings
    )
    return policy, tuple(warnings)


def _load(path: Path) -> tuple[yaml.Node, object]:
    """Read the file's YAML, as nodes that know their lines and as plain values."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot read the policy {path}: {error.strerror}") from error
    if len(text) > FILE_MAX_BYTES:
        raise ConfigurationError(f"the policy {path} is larger than {FILE_MAX_BYTES} bytes")
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  (builds text only)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigurationError(f"{path}:{line}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not YAML") from error
    if root is None:
        raise ConfigurationError(f"the policy {path} is empty; it needs at least `watch:`")
    return root, document


def _parse(document: object) -> tuple[Policy | None, Sequence[tuple[KeyPath, str]]]:
    """Check the document, and that the files which it names are there."""
    try:
        policy = parse_policy(document)
    except PolicyError as error:
        return None, error.problems
    return policy, [
        (("registries", host, "ca_file"), f"there is no file {entry.ca_file}")
        for host, entry in policy.registries.items()
        if entry.ca_file and not entry.ca_file.is_file()
    ]


def _lines(node: yaml.Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """Name the line of every key and item."""
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = (*path, str(key.value))
            yield from _lines(value, name)
            yield name, key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*path, number))


def _twice(node: yaml.Node, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """Find keys that stand twice in one mapping: the later would silently win."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                yield (*path, name), key.start_mark.line + 1
            seen.add(name)
            yield from _twice(value, (*path, name))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _twice(item, (*path, number))


def _line(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Find the line of a key, or of the nearest thing around it that is in the file."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _name(path: KeyPath) -> str:
    """Write a key's path as people do: `watch[0].source`."""
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".") or "the file"
