"""The map of photographs as a figure."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from core.types import ClassId, ClassInfo
from dashboard.ui.shared.figures import embedding_map

HOSTILE = "<a href='x'>A</a>"
CLASSES = [
    ClassInfo(id=ClassId(1), name="Measles", code="Me", key="1", colour="#D55E00"),
    ClassInfo(id=ClassId(2), name=HOSTILE, code="Ho", key="2", colour="#009E73"),
]


def points(n: int = 4) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "sample": [f"{i:016x}" for i in range(n)],
            "file": [f"{i}.jpg" for i in range(n)],
            "x": [i % 1000 for i in range(n)],
            "y": [i % 1000 for i in range(n)],
            "label": pd.array([(1, 2, 1, None)[i % 4] for i in range(n)], dtype="Int64"),
            "predicted": pd.array([(2, 2, None, 1)[i % 4] for i in range(n)], dtype="Int64"),
            "status": ["new", "kept", "excluded", "unsure"] * (n // 4),
            "suspected": [True, False, False, False] * (n // 4),
        }
    )
    return table.sample(frac=1.0, random_state=0)


def colours(chart: object) -> dict[str, str]:
    return {trace.name: trace.marker.color for trace in chart.figure.data}  # type: ignore[attr-defined]


def test_each_class_has_its_colour_and_what_has_none_is_grey() -> None:
    assert colours(embedding_map.chart(points(), CLASSES)) == {
        "Me Measles 2": "#D55E00",
        "Ho &lt;a href='x'&gt;A&lt;/a&gt; 1": "#009E73",
        "No label 1": embedding_map.PLAIN,
    }


def test_points_keep_their_sample_and_their_words() -> None:
    measles = embedding_map.chart(points(), CLASSES).figure.data[0]
    shown = dict(zip(measles.customdata, measles.text, strict=True))
    assert shown[f"{2:016x}"] == "2.jpg\nMeasles · Excluded"
    assert shown[f"{0:016x}"] == f"0.jpg\nMeasles · Not looked at · model: {HOSTILE}"


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("predicted", {"Me Measles": 1, f"Ho {HOSTILE}": 2, "Not predicted": 1}),
        ("suspected", {"Needs a look": 1, "Nothing suspected": 3}),
        ("status", {"Not looked at": 1, "Kept": 1, "Excluded": 1, "Not sure": 1}),
    ],
)
def test_the_table_behind_counts_each_colour(by: str, groups: dict[str, int]) -> None:
    table = embedding_map.chart(points(), CLASSES, by=by).table
    assert dict(table.itertuples(index=False)) == groups


def test_who_decides_blind_sees_neither_labels_nor_names() -> None:
    chart = embedding_map.chart(points(), CLASSES, by="label", blind=True)
    assert {trace.name for trace in chart.figure.data} == {
        "Not looked at 1",
        "Kept 1",
        "Excluded 1",
        "Not sure 1",
    }
    assert all(trace.text is None for trace in chart.figure.data)


def test_many_points_are_drawn_by_the_graphics_processor() -> None:
    few, many = points(), points(embedding_map.MANY + 4)
    drawn = [embedding_map.chart(table, CLASSES).figure.data for table in (few, many)]
    assert {type(trace) for trace in drawn[0]} == {go.Scatter}
    assert {type(trace) for trace in drawn[1]} == {go.Scattergl}


def test_an_empty_map_can_be_drawn() -> None:
    assert embedding_map.chart(points().head(0), CLASSES).table.empty
