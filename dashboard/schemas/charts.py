"""The messages between the chart component and the server."""

from pydantic import ConfigDict

from dashboard.schemas.messages import Message

Cell = str | int | float | None


class ChartTable(Message):
    """The drawn numbers, for screen readers and for the CSV file."""

    columns: list[str]
    rows: list[list[Cell]]


class ChartValue(Message):
    """One chart on its way to the browser."""

    figure: str
    """A Plotly figure as JSON. It stays text until the browser draws it: Gradio compares and wraps
    values deeply, which costs seconds for 20,000 points. Colours may be `var(--mpx-...)`."""
    height: int
    """Pixels, kept free until the figure is drawn."""
    title: str
    caption: str
    summary: str
    """A sentence for who cannot see the figure."""
    name: str
    """Of the files that are saved, without suffix."""
    table: ChartTable


class ChartSelection(Message):
    """What a person has clicked, or enclosed with a lasso or a box."""

    model_config = ConfigDict(from_attributes=True)

    index: list[int]
    """Places of the points in their trace."""
    value: list[Cell]
    """Their `customdata`."""
    area: list[tuple[float, float]]
    """Corners of the lasso or box in units of the axes; empty after a click."""
    selected: bool
    """False when a selection was taken back (double click)."""
