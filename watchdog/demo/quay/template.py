"""A notification's body template: JSON with `${path}` in its strings (Quay's util/jsontemplate.py).

Of JSONPath, names and numbers are understood: `name`, `updated_tags[0]`, `a.b`.
"""

import json
import re
from collections.abc import Callable
from typing import Any

_INLINE = re.compile(r"\$\{([^}]*)\}")
_PATH = re.compile(r"(?:\$\.)?\w+(?:\.\w+|\[\d+\])*")
_STEP = re.compile(r"(\w+)")
MISSING = "(none)"


class TemplateError(Exception):
    """A template cannot be parsed."""


def parse_template(text: str) -> Callable[[dict[str, Any]], object]:
    """Read a template; what it returns fills it in. Raises TemplateError."""
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise TemplateError(f"Could not parse template: {error}") from error
    fill(parsed, {})
    return lambda payload: fill(parsed, payload)


def fill(part: Any, payload: dict[str, Any]) -> object:
    """Fill in one part of a template, in keys as well as values."""
    if isinstance(part, str):
        return _text(part, payload)
    if isinstance(part, dict):
        return {str(_text(key, payload)): fill(value, payload) for key, value in part.items()}
    return [fill(entry, payload) for entry in part] if isinstance(part, list) else part


def _text(text: str, payload: dict[str, Any]) -> object:
    whole = _INLINE.fullmatch(text)
    if whole:  # A path alone keeps the type of what it finds.
        return _find(whole[1], payload)
    return _INLINE.sub(lambda found: _words(_find(found[1], payload)), text)


def _words(value: object) -> str:
    if isinstance(value, list) and len(value) > 1:
        return ",".join(map(str, value))
    return MISSING if value is None else str(value)


def _find(path: str, payload: dict[str, Any]) -> object:
    if not path:
        raise TemplateError("Empty expression found")
    if not _PATH.fullmatch(path):
        raise TemplateError(f"For expression `{path}`: Parse error")
    found: Any = payload
    for step in _STEP.findall(path.removeprefix("$.")):
        try:
            found = found[int(step) if isinstance(found, list) else step]
        except (LookupError, ValueError, TypeError):
            return None
    return found
