"""All about one run: its settings, hardware, cost and log."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from core.devices.resource_usage import Cost
from core.errors import JobFailed
from core.jobs import job_spec
from core.jobs.job_spec import JobSpec
from core.types import Run
from storage.workspace.folder import Workspace

LONGEST_LOG = 400
"""Lines of the log that are shown; the file keeps all."""


@dataclass(frozen=True, kw_only=True)
class RunDetails:
    """A run's files, read; what is not there (yet) is empty."""

    settings: Mapping[str, Any]
    images: Mapping[str, int]
    """How many images each side of the split has."""
    hardware: Mapping[str, Any]
    versions: Mapping[str, str]
    transforms: Mapping[str, str] = field(default_factory=dict)
    """The recipe of augmentation and evaluation: purpose -> transforms in order."""
    cost: Cost | None
    """None: nothing has been counted yet. `starts` is 0 where only the time is known."""
    log: tuple[str, ...]
    traceback: str
    """Where a program error happened; empty where there was none."""


def read(workspace: Workspace, run: Run) -> RunDetails:
    """Return what the folder of a run holds."""
    folder = workspace.runs / run.id
    about = dict(_json(folder / job_spec.CHECKPOINT / "meta.json").get("about", {}))
    result = _json(folder / job_spec.RESULT)
    events = list(job_spec.events(folder))
    started = next((event for event in events if event["event"] == "started"), {})
    cost = about.get("cost") or _json(folder / job_spec.LAST / "cost.json")
    # The result counts most; a search has nothing else.
    spent = {**cost, **result}
    counted = {entry.name: spent[entry.name] for entry in fields(Cost) if entry.name in spent}
    return RunDetails(
        # Of a weights file only its name: its folder is nobody's business.
        settings={**run.config, "init": str(run.config.get("init", "")).rpartition("/")[2]},
        images=about.get("images") or started.get("samples", {}),
        hardware=about.get("hardware") or _planned(folder),
        versions=about.get("versions", {}),
        transforms={
            purpose.replace("_", " "): _recipe(step)
            for purpose, step in about.get("transforms", {}).items()
        },
        cost=Cost(**counted) if counted else None,
        log=tuple(_log(events, _text(folder / job_spec.OUTPUT)))[-LONGEST_LOG:],
        traceback=_text(folder / job_spec.TRACEBACK),
    )


def _recipe(step: Mapping[str, Any]) -> str:
    """Return a transform of a checkpoint as people write it: `Resize(size=[224, 224])`."""
    inner = [_recipe(part) for part in step.get("transforms", ())]
    if step["transform"] == "Compose":
        return " → ".join(inner)
    values = {key: step[key] for key in step if key not in ("transform", "transforms")}
    arguments = [*inner, *(f"{key}={_argument(value)}" for key, value in values.items())]
    return f"{step['transform']}({', '.join(arguments)})"


def _argument(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_argument, value))})"
    if isinstance(value, dict):
        return ", ".join(map(str, value.values()))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _planned(folder: Path) -> Mapping[str, Any]:
    """Return what the job has chosen so far; nothing before its first start."""
    try:
        spec = JobSpec.read(folder)
    except JobFailed:
        return {}
    return {} if spec.hardware is None else asdict(spec.hardware)


def _log(events: Sequence[Mapping[str, Any]], output: str) -> list[str]:
    lines = [line for line in map(_line, events) if line]
    return [*lines, *(line for line in output.splitlines() if line.strip())]


def _line(event: Mapping[str, Any]) -> str:
    if event["event"] == "message":
        return str(event["text"])
    if event["event"] == "started":
        parts = [f"{images} {side}" for side, images in event.get("samples", {}).items()]
        return f"Started with {', '.join(parts)} images."
    if event["event"] == "epoch":
        names = ("train_loss", "validation_loss", "macro_f1", "balanced_accuracy")
        numbers = [
            f"{name.replace('_', ' ')} {event[name]:.4f}"
            for name in names
            if event.get(name) is not None
        ]
        best = ", best so far" if event.get("best") else ""
        return f"Epoch {event['epoch']}: {', '.join(numbers)}{best}."
    return ""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
