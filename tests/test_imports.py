"""The shape of the house: who may import whom, and how large a file may be."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "watchdog"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]
LINES_MAX = 300
VAGUE = {"utils", "util", "common", "helpers", "helper", "misc"}

ADAPTERS = {"receive", "registry", "history", "provenance", "notify", "store"}
ROOMS = ADAPTERS | {"core", "work", "web", "demo"}
BESIDE = {path.stem for path in PACKAGE.glob("*.py")} - {"cli", "__main__"}
IMPURE = {"os", "socket", "logging"}

# What a room may import of the others; None: all. The modules beside the rooms (settings, …) may
# import every room but the demo, and each other.
MAY_IMPORT = {
    "core": {"errors"},
    **{room: {"core", "errors"} for room in ADAPTERS},
    "work": {"core", "errors", *ADAPTERS},
    "web": {"core", "errors", "store", "receive"},
    **dict.fromkeys(BESIDE | {""}, (ROOMS | BESIDE) - {"demo"}),
    **dict.fromkeys(("demo", "cli", "__main__"), None),
}
# What a room must not import of the libraries.
MUST_NOT_IMPORT = {
    **{room: {"flask"} for room in ADAPTERS},
    "work": {"flask"},
    "web": {"requests"},
}


def name_of(module):
    """The dotted name of a module's file."""
    parts = module.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree, name, *, package):
    """Every module that a tree imports, wherever in the file the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".")
            if node.level:
                base = base[: len(base) - node.level + package]
                prefix = ".".join([*base, *([node.module] if node.module else [])])
            else:
                prefix = node.module
            yield prefix
            # `from watchdog import core` names a room, too.
            yield from (f"{prefix}.{alias.name}" for alias in node.names if prefix == "watchdog")


def room_of(name):
    """The room of a module: the folder, or the module itself where it stands beside them."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""  # the package itself


def breaches(name, names):
    """Say what a module imports that it may not."""
    room = room_of(name)
    allowed = MAY_IMPORT[room]
    for other in names:
        top, target = other.partition(".")[0], room_of(other)
        if top == "watchdog":
            if allowed is not None and target not in {"", "__version__", room, *allowed}:
                yield f"{name} imports {other}"
        elif room == "core":
            pydantic = name.startswith("watchdog.core.policy") and top == "pydantic"
            if (top not in sys.stdlib_module_names or top in IMPURE) and not pydantic:
                yield f"{name} imports {other}"
        elif top in MUST_NOT_IMPORT.get(room, ()):
            yield f"{name} imports {other}"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_room_may(module):
    name, tree = name_of(module), ast.parse(module.read_bytes())
    package = module.name == "__init__.py"

    assert list(breaches(name, set(imported(tree, name, package=package)))) == []


@pytest.mark.parametrize("module", SOURCES, ids=lambda module: str(module.relative_to(ROOT)))
def test_a_file_is_short_and_says_in_its_name_what_it_is_for(module):
    lines = len(module.read_bytes().splitlines())

    assert lines <= LINES_MAX
    assert not VAGUE & set(module.with_suffix("").relative_to(ROOT).parts)


BREACHES = {
    "core-imports-an-adapter": ("core.judge", "from watchdog.store import keys"),
    "core-imports-os": ("core.judge", "import os.path"),
    "core-imports-logging": ("core.judge", "def f():\n    from logging import getLogger"),
    "core-imports-a-library": ("core.judge", "import requests"),
    "core-imports-pydantic-beside-policy": ("core.judge", "from pydantic import BaseModel"),
    "core-imports-settings": ("core.judge", "import watchdog.settings"),
    "core-imports-relatively": ("core.judge", "from ..store import keys"),
    "adapters-import-each-other": ("notify.slack", "from watchdog.store.outbox import post"),
    "adapters-import-work": ("store.due", "from watchdog import work"),
    "adapters-import-flask": ("receive.quay", "import flask.json"),
    "work-imports-web": ("work.examine", "from watchdog.web import app"),
    "web-imports-a-registry": ("web.hooks", "from watchdog.registry.client import RegistryClient"),
    "web-imports-history": ("web.pages", "import watchdog.history.mirror"),
    "web-imports-work": ("web.pages", "import watchdog.work.examine"),
    "web-imports-requests": ("web.api", "import requests"),
    "work-imports-cli": ("work.examine", "from watchdog import cli"),
    "settings-imports-cli": ("settings", "from watchdog.cli import main"),
    "settings-imports-the-demo": ("settings", "from watchdog.demo.replay import replay"),
}


@pytest.mark.parametrize(("name", "code"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found(name, code):
    name = f"watchdog.{name}"

    assert list(breaches(name, set(imported(ast.parse(code), name, package=False))))


ALLOWED = {
    "core-imports-itself": ("core.judge", "from watchdog.core.case import Case\nimport re"),
    "core-imports-errors": ("core.oci", "from watchdog.errors import MalformedError"),
    "policy-imports-pydantic": ("core.policy", "import pydantic.types"),
    "an-adapter-imports-a-library": ("registry.client", "import requests"),
    "work-imports-adapters": ("work.examine", "from watchdog.store.due import Claim"),
    "web-imports-flask-and-the-store": ("web.app", "import flask\nimport watchdog.store.keys"),
    "cli-imports-everything": ("cli", "from watchdog import demo, web, work"),
    "the-version": ("web.app", "from watchdog import __version__"),
}


@pytest.mark.parametrize(("name", "code"), ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_is_no_breach(name, code):
    name = f"watchdog.{name}"

    assert list(breaches(name, set(imported(ast.parse(code), name, package=False)))) == []


def test_a_package_s_relative_import_is_resolved():
    (name,) = imported(ast.parse("from .judge import Case"), "watchdog.core", package=True)

    assert name == "watchdog.core.judge"


def test_every_folder_of_the_package_is_a_room():
    assert {path.parent.name for path in PACKAGE.glob("*/*.py")} <= ROOMS
