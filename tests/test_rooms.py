"""Who may import whom: the floor plan of the project, held by reading every import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MAY_IMPORT: dict[str, set[str]] = {
    "language": set(),
    "errors": {"language"},
    "foreign": {"language"},
    "log_output": set(),
    "settings": {"errors", "foreign", "language"},
    "crypto": {"errors"},
    "events": {"errors"},
    "journal": {"errors", "events", "foreign", "language"},
    "wecom": {"errors", "language"},
    "handlers": {"errors", "events", "foreign", "language", "wecom"},
    "worker": {"errors", "settings", "events", "handlers", "journal", "language", "wecom"},
    "callback": {"errors", "crypto", "events", "journal"},
    "console": {"errors", "events", "journal", "language"},
    "simulator": {"errors", "crypto", "foreign", "language"},
    "metrics": set(),
    "tracing": {"errors", "language"},
    "doctor": {"errors", "settings", "crypto", "journal", "language", "wecom"},
}
COMPOSITION = {"app", "cli", "commands", "observation", "opening", "wsgi"}  # these know every room
NOT_SERVED = {"tests", "bench", "deploy", "docs"}  # no room imports them

PURE = {"crypto", "events"}
INPUT_AND_OUTPUT = {"flask", "httpx2", "sqlalchemy", "celery", "redis"}

OURS = MAY_IMPORT.keys() | COMPOSITION | NOT_SERVED


def imported_by(source: str, room: str) -> set[str]:
    """Return the top-level names a module of that room imports, wherever in the module."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(room if node.level else (node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call):
            names |= imported_by_call(node)
    return names - {room}


def imported_by_call(call: ast.Call) -> set[str]:
    """Return the name in `import_module("name")` and `__import__("name")`, if written out."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if called not in {"import_module", "__import__"} or not call.args:
        return set()
    first = call.args[0]
    written_out = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return {ast.literal_eval(first).partition(".")[0]} if written_out else set()


def trespasses(source: str, room: str) -> set[str]:
    """Return what a module of that room imports but may not."""
    if room in COMPOSITION:
        return imported_by(source, room) & NOT_SERVED
    forbidden = OURS - MAY_IMPORT[room]
    if room in PURE:
        forbidden |= INPUT_AND_OUTPUT
    return imported_by(source, room) & forbidden


def modules() -> Iterator[tuple[str, Path]]:
    """Give every module of every room that exists, with the room's name."""
    for room in sorted(OURS - NOT_SERVED):
        if (ROOT / f"{room}.py").exists():
            yield room, ROOT / f"{room}.py"
        for path in sorted((ROOT / room).rglob("*.py")):
            yield room, path


@pytest.mark.parametrize(
    ("room", "path"),
    [pytest.param(room, path, id=str(path.relative_to(ROOT))) for room, path in modules()],
)
def test_imports_only_what_its_room_may(room: str, path: Path) -> None:
    assert trespasses(path.read_text(encoding="utf-8"), room) == set()


def test_every_package_and_root_file_is_in_the_table() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    root_files = {path.stem for path in ROOT.glob("*.py")}

    assert packages | root_files <= OURS


def test_every_name_in_the_table_is_one_of_ours() -> None:
    assert set().union(*MAY_IMPORT.values()) <= MAY_IMPORT.keys()


@pytest.mark.parametrize("room", sorted(PURE))
@pytest.mark.parametrize("library", sorted(INPUT_AND_OUTPUT))
@pytest.mark.parametrize(
    "source",
    [
        "import {}",
        "import {} as renamed",
        "import json, {}",
        "import {}.inner.deeper",
        "from {} import anything",
        "from {}.inner import anything",
        "def late():\n    import {}",
        "class Late:\n    async def later(self):\n        from {} import x",
        "if TYPE_CHECKING:\n    import {}",
        "try:\n    import {}\nexcept ImportError:\n    pass",
        "importlib.import_module('{}.inner')",
        "import_module('{}')",
        "__import__('{}')",
    ],
)
def test_sees_a_stray_library_in_a_pure_room(source: str, library: str, room: str) -> None:
    assert trespasses(source.format(library), room) == {library}


@pytest.mark.parametrize(
    ("room", "source", "found"),
    [
        ("crypto", "import json\nfrom errors import X\nfrom crypto.padding import pad", set()),
        ("crypto", "from . import padding\nfrom .padding import pad", set()),
        ("crypto", "from events import Event", {"events"}),
        ("crypto", "import flask_like, redisearch", set()),
        ("crypto", "'import flask'  # import flask", set()),
        ("crypto", "import_module(name)\nimport_module()\nimport_module(1)\nx[0]('flask')", set()),
        ("errors", "import settings", {"settings"}),
        ("handlers", "import journal\nimport celery", {"journal"}),
        ("callback", "import flask\nfrom worker.publisher import publish", {"worker"}),
        ("simulator", "import flask, crypto, wecom, journal", {"wecom", "journal"}),
        ("worker", "import callback, app", {"callback", "app"}),
        ("journal", "from tests import factories", {"tests"}),
        ("app", "import worker, callback, flask, settings", set()),
        ("cli", "import bench", {"bench"}),
    ],
)
def test_tells_a_trespass_from_a_visit(room: str, source: str, found: set[str]) -> None:
    assert trespasses(source, room) == found
