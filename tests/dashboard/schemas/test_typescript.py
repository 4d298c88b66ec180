from typing import Literal

import pytest
from pydantic import BaseModel

from dashboard.schemas import typescript


class Point(BaseModel):
    x: float
    label: Literal["a", "b"] | None
    tags: dict[str, list[int]]
    corner: tuple[int, str]
    near: "list[Point]" = []


def test_the_committed_types_are_those_of_the_models() -> None:
    assert typescript.FILE.read_text(encoding="utf-8") == typescript.text()


def test_a_model_becomes_an_interface() -> None:
    schema = Point.model_json_schema(ref_template="{model}")["$defs"]["Point"]
    assert typescript.declaration("Point", schema) == (
        "export interface Point {\n"
        "  x: number;\n"
        '  label: "a" | "b" | null;\n'
        "  tags: Record<string, number[]>;\n"
        "  corner: [number, string];\n"
        "  near?: Point[];\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "unknown"),
        ({"const": "undo"}, '"undo"'),
        ({"allOf": [{"$ref": "#/$defs/A"}]}, "A"),
        (
            {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "(number | null)[]",
        ),
        ({"type": "object"}, "Record<string, unknown>"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
    ],
)
def test_parts_of_a_schema(schema: dict[str, object], expected: str) -> None:
    assert typescript.expression(schema) == expected
