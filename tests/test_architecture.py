"""The shape of the code: who may import whom, read from the source itself."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("linksite", "onboarding", "portal")
FOLDERS = {*PACKAGES, "templates", "static", "locale", "tests", "docs", "requirements"}
# Made by tools and never committed.
MADE = {"data", "staticfiles", "test-results", "node_modules", "__pycache__"}

# A module of linksite/ may import those of a lower level. A new module takes the
# lowest level that its imports allow.
LEVELS = {
    "accents": 0,
    "benching": 0,
    "dotenv": 0,
    "answers": 0,
    "errors": 0,
    "hours": 0,
    "logos": 0,
    "settings": 0,
    "templatetags": 1,
    "vault": 1,
    "wsgi": 1,
    "apps": 2,
    "models": 2,
    "approval": 3,
    "branding": 3,
    "budget": 3,
    "firstlook": 3,
    "envelope": 3,
    "labels": 3,
    "lanes": 0,
    "ledger": 3,
    "mailing": 5,
    "middleware": 3,
    "reach": 3,
    "records": 3,
    "troubles": 4,
    "turns": 3,
    "visiting": 3,
    "integrations": 4,
    "requesting": 5,
    "runs": 5,
    "linking": 6,
    "probing": 6,
    "syncing": 6,
    "watching": 6,
    "returning": 6,
    "codes": 7,
    "notices": 7,
    "handing": 7,
    "renewing": 6,
    "seeding": 6,
    "tasks": 8,
    "urls": 8,
    "management": 9,
}
ONLY_IN = {
    "httpx": "linksite/intacct/transport.py",
    "lxml": "linksite/intacct/wire.py linksite/intacct/trees.py "
    "linksite/intacct/pages.py linksite/intacct/sandbox/*.py linksite/logos.py",
    "PIL": "linksite/logos.py",
    "cryptography": "linksite/vault.py",
}
# What a file of any subject could be called.
EMPTY_NAMES = {"utils", "helpers", "services", "common", "base", "core", "misc"}


def _modules() -> list[Path]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


MODULES = _modules()
WRITTEN = [path for path in MODULES if "migrations" not in path.parts]
CORE = [
    path
    for path in WRITTEN
    if path.parts[0] == "linksite" and path.parts[1] not in ("intacct", "__init__.py")
]
INTACCT = [path for path in WRITTEN if path.parts[:2] == ("linksite", "intacct")]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Return the full name of everything a module imports: "linksite.vault.seal"."""
    return tuple(_find_imports(path))


def _find_imports(path: Path) -> Iterator[str]:
    package = path.parent.parts
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            start = ".".join((*above, *filter(None, [node.module])))
            yield from (f"{start}.{alias.name}" for alias in node.names)


def _core_module(name: str) -> str:
    """Return "vault" for "linksite.vault.seal", "" for what is not of the core."""
    parts = name.split(".")
    is_core = parts[0] == "linksite" and len(parts) > 1 and parts[1] != "intacct"
    return parts[1] if is_core else ""


@pytest.mark.parametrize("path", INTACCT, ids=str)
def test_the_intacct_package_knows_neither_django_nor_us(path):
    allowed = sys.stdlib_module_names | {"httpx", "lxml"}

    strangers = [
        name
        for name in _imports(path)
        if name.split(".")[0] not in allowed and not name.startswith("linksite.intacct")
    ]

    assert strangers == []


@pytest.mark.parametrize("path", CORE, ids=str)
def test_a_core_module_imports_only_from_lower_levels(path):
    own = Path(path.parts[1]).stem

    upwards = [
        name
        for name in _imports(path)
        if _core_module(name) not in ("", own)
        and LEVELS[_core_module(name)] >= LEVELS[own]
    ]

    assert upwards == []


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_imports_no_face(path):
    assert not {name.split(".")[0] for name in _imports(path)} & {
        "onboarding",
        "portal",
    }


@pytest.mark.parametrize(
    ("face", "other"), [("onboarding", "portal"), ("portal", "onboarding")]
)
def test_the_faces_do_not_know_each_other(face, other):
    meetings = [
        (path, name)
        for path in WRITTEN
        if path.parts[0] == face
        for name in _imports(path)
        if name.split(".")[0] == other
    ]

    assert meetings == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_has_one_door(library):
    importers = [
        path
        for path in MODULES
        if any(name.split(".")[0] == library for name in _imports(path))
    ]

    strangers = [
        str(path)
        for path in importers
        if not any(path.match(pattern) for pattern in ONLY_IN[library].split())
    ]

    assert importers and strangers == []


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_no_import_hides_in_a_function(path):
    hidden = [
        inner.lineno
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert hidden == []


@pytest.mark.parametrize("path", WRITTEN, ids=str)
def test_a_module_opens_with_one_sentence(path):
    tree = _tree(path)
    opening = (ast.get_docstring(tree) or "").partition("\n\n")[0]

    assert opening.endswith(".") or not tree.body


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_is_named_after_its_subject(path):
    assert path.stem not in EMPTY_NAMES


def test_every_level_has_its_module():
    there = {Path(path.parts[1]).stem for path in CORE}

    assert there == set(LEVELS)


def test_the_top_level_holds_only_the_agreed_folders():
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    }

    assert folders - MADE == FOLDERS
