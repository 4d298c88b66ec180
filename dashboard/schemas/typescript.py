"""The browser's types, made from the models of this room: `python -m dashboard.schemas.typescript`.

A field with a default may be missing in what the browser sends, so it is optional there. Names stay
as they are in Python (snake_case).
"""

import importlib
import json
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import dashboard.schemas

FILE = Path(__file__).with_name("browser.d.ts")
HEADER = (
    "// Made from the models of dashboard/schemas by `python -m dashboard.schemas.typescript`.\n"
    "// Not to be edited: a test holds both equal.\n"
)
PLAIN = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}

Schema = Mapping[str, Any]


def models() -> list[type[BaseModel]]:
    """Return the models that are defined in the modules of this room, by name."""
    by_name: dict[str, type[BaseModel]] = {}
    for module in pkgutil.iter_modules(dashboard.schemas.__path__, "dashboard.schemas."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, BaseModel):
                by_name[value.__name__] = value
    return [model for name, model in sorted(by_name.items()) if model.model_fields]


def text() -> str:
    """Return the file: an exported type for each model and for each type that they refer to."""
    _, schema = models_json_schema([(model, "validation") for model in models()])
    types = [declaration(name, entry) for name, entry in sorted(schema["$defs"].items())]
    return "\n".join([HEADER, *types])


def declaration(name: str, schema: Schema) -> str:
    """Return one exported type."""
    if schema.get("type") == "object" and "properties" in schema:
        return f"export interface {name} {_object(schema)}\n"
    return f"export type {name} = {expression(schema)};\n"


def expression(schema: Schema) -> str:
    """Return a schema as a TypeScript type; a schema without a type is `unknown`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(expression(part) for part in schema[union]))
    if "allOf" in schema:
        return " & ".join(expression(part) for part in schema["allOf"])
    return _by_type(schema)


def _by_type(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return _array(schema)
    if kind != "object":
        return PLAIN.get(str(kind), "unknown")
    if "properties" in schema:
        return _object(schema)
    values = schema.get("additionalProperties")
    return f"Record<string, {expression(values) if isinstance(values, Mapping) else 'unknown'}>"


def _array(schema: Schema) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(expression(part) for part in schema['prefixItems'])}]"
    item = expression(schema.get("items", {}))
    return f"({item})[]" if " " in item else f"{item}[]"


def _object(schema: Schema) -> str:
    required = schema.get("required", ())
    lines = [
        f"  {name}{'' if name in required else '?'}: {expression(entry)};"
        for name, entry in schema["properties"].items()
    ]
    return "\n".join(["{", *lines, "}"])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
