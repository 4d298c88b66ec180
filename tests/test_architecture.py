"""The arrows of docs/architecture.md, enforced with `ast`: who may import whom.

The *never* lists are the law. `violations` is tried on planted sources below, so that a rule that
stops biting is noticed.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "storage", "dashboard")

INTERFACE = ("gradio", "plotly")
SQL = ("sqlalchemy", "alembic", "sqlite3", "pymongo")

NEVER: dict[str, tuple[str, ...]] = {
    "core": (*INTERFACE, *SQL, "fiftyone", "storage", "dashboard"),
    "storage": (*INTERFACE, "torch", "torchvision", "timm", "dashboard"),
    "dashboard.services": (*INTERFACE, "dashboard.tabs", "dashboard.components", "dashboard.app"),
    "dashboard": ("fiftyone", "torch", "torchvision", "timm", "safetensors", *SQL),
}
"""Package -> modules (with everything below them) that it never imports. The longest fitting
package counts."""

DOORS = {
    "fiftyone": ("storage.fiftyone_store", "storage.mongod"),
    "timm": ("core.model",),
    "lightning_fabric": ("core.launching", "core.team"),
    "plotly": ("dashboard.figures",),
}
"""Heavy neighbour -> the only modules that may import it."""

COMPOSITION_ROOTS = ("dashboard.context", "dashboard.commands.opening", "dashboard.services")
"""The parts of `dashboard` that may open storage."""

STORAGE_MAY_KNOW = ("core.types", "core.errors")

HEAVY = ("torch", "fiftyone", "gradio", "timm", "plotly", "sqlalchemy", "pandas", "sklearn", "PIL")
HELP_SECONDS = 0.5


def below(module: str, package: str) -> bool:
    """Whether `module` is `package` or stands below it."""
    return module == package or module.startswith(package + ".")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, wherever in the module it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{node.module or ''}.{alias.name}"


def fits_any(name: str, packages: tuple[str, ...]) -> bool:
    """Whether `name` is or stands below one of `packages`."""
    return any(below(name, package) for package in packages)


def broken_rules(module: str, name: str) -> Iterator[str]:
    """Yield what is wrong with `module` importing `name`."""
    package = max((p for p in NEVER if below(module, p)), key=len)
    if fits_any(name, NEVER[package]):
        yield f"{package} never imports {name}"
    for neighbour, doors in DOORS.items():
        if below(name, neighbour) and module not in doors:
            yield f"{neighbour} is imported only in {', '.join(doors)}"
    if package == "storage" and below(name, "core") and not fits_any(name, STORAGE_MAY_KNOW):
        yield f"storage knows only {', '.join(STORAGE_MAY_KNOW)} of core, not {name}"
    from_dashboard = below(module, "dashboard") and not fits_any(module, COMPOSITION_ROOTS)
    if from_dashboard and below(name, "storage"):
        yield f"only {', '.join(COMPOSITION_ROOTS)} open storage, not {module}"


def violations(module: str, source: str) -> list[str]:
    """Return one sentence for each import in `source` that breaks the table."""
    found = []
    for line, name in imported(ast.parse(source)):
        found += [f"{module}:{line}: {rule}" for rule in broken_rules(module, name)]
    return found


def modules() -> dict[str, Path]:
    """Return every module of the product by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(p for p in parts if p != "__init__")] = path
    return found


def test_every_module_keeps_to_the_arrows() -> None:
    broken = [v for name, path in modules().items() for v in violations(name, path.read_text())]
    assert broken == []


@pytest.mark.parametrize(
    ("module", "planted"),
    [
        ("core.training", "import gradio"),
        ("core.training", "import plotly.graph_objects as go"),
        ("core.training", "def f():\n    import fiftyone as fo"),
        ("core.job", "from sqlalchemy import select"),
        ("core.job", "import sqlite3"),
        ("core.splits", "from storage import samples"),
        ("core.splits", "from dashboard.services import curation"),
        ("core.training", "import timm"),
        ("core.training", "from lightning_fabric import Fabric"),
        ("storage.samples", "import torch"),
        ("storage.samples", "import gradio as gr"),
        ("storage.samples", "from core import splits"),
        ("storage.samples", "import core.images"),
        ("storage.samples", "from dashboard.services import curation"),
        ("storage.samples", "import fiftyone"),
        ("dashboard.services.training", "import gradio"),
        ("dashboard.services.training", "from dashboard.tabs import curate"),
        ("dashboard.services.training", "import fiftyone"),
        ("dashboard.tabs.curate", "import fiftyone"),
        ("dashboard.tabs.curate", "from torch import nn"),
        ("dashboard.tabs.curate", "import sqlalchemy"),
        ("dashboard.tabs.curate", "from storage import samples"),
        ("dashboard.tabs.curate", "import plotly"),
        ("dashboard.app", "import timm"),
        ("dashboard.cli", "from storage.workspace import Workspace"),
    ],
)
def test_a_planted_import_is_found(module: str, planted: str) -> None:
    assert violations(module, planted) != []


@pytest.mark.parametrize(
    ("module", "honest"),
    [
        ("core.model", "import timm"),
        ("core.training", "import torch"),
        ("storage.samples", "from core.types import Sample"),
        ("storage.samples", "from core import types"),
        ("storage.fiftyone_store", "import fiftyone as fo"),
        ("dashboard.services.training", "from storage import runs"),
        ("dashboard.services.training", "from core import evaluation"),
        ("dashboard.tabs.curate", "import gradio as gr"),
        ("dashboard.figures", "import plotly.graph_objects as go"),
        ("dashboard.context", "from storage.workspace import Workspace"),
    ],
)
def test_an_import_along_the_arrows_is_allowed(module: str, honest: str) -> None:
    assert violations(module, honest) == []


def test_no_module_reaches_for_its_package_by_a_relative_import() -> None:
    relative = [
        name
        for name, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def run_python(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return answer.stdout


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    code = f"import sys, dashboard.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert run_python(code).strip() == "[]"


def test_importing_any_module_starts_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """No thread, no child, no file: importing a module does nothing."""
    names = [n for n in modules() if n not in DOORS["fiftyone"] and n != "storage.migrations.env"]
    names = [n for n in names if not n.startswith("storage.migrations.")]
    code = (
        f"import os, sys, threading, importlib; sys.path.insert(0, {str(ROOT)!r})\n"
        f"os.chdir({str(tmp_path)!r})\n"
        f"[importlib.import_module(n) for n in {names!r}]\n"
        "print([t.name for t in threading.enumerate() if not t.daemon])"
    )
    assert run_python(code).strip().splitlines()[-1] == "['MainThread']"
    assert list(tmp_path.iterdir()) == []
