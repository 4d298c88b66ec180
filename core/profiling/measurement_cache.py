"""What was measured on this machine, kept in a JSON file of the cache folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core import files

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = TypeVar("Kind")


def find(file: Path, key: str, kind: type[Kind]) -> Kind | None:
    """Return a kept measurement; None where there is none, or one of other fields."""
    measurement: Mapping[str, Any] | None = files.read_object(file).get(key)
    try:
        return None if measurement is None else kind(**measurement)
    except TypeError:
        return None


def keep(file: Path, key: str, measured: "DataclassInstance") -> None:
    """Keep a measurement beside the others; the folder is made where there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    everything = {**files.read_object(file), key: asdict(measured)}
    files.replace(file, json.dumps(everything, indent=1).encode())
