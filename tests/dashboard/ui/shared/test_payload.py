import pytest

from core.errors import AppError
from dashboard.ui.shared import payload


def test_whole_numbers_are_read_and_nonsense_is_nought() -> None:
    assert [payload.whole(raw) for raw in (7, "48", -3, None, "x", 10**30, [1])] == [
        7, 48, 0, 0, 0, 0, 0,
    ]  # fmt: skip


@pytest.mark.parametrize("raw", ["x", 1.5, [1], {}, 10**30, float("nan")])
def test_a_number_that_is_none_is_refused_in_words(raw: object) -> None:
    with pytest.raises(AppError, match="not understood: nothing was changed"):
        payload.number(raw)


def test_half_characters_do_not_reach_the_database() -> None:
    assert payload.text("ann\ud800", 80) == "ann?"
    assert payload.text("  long  ", 3) == "lon"


@pytest.mark.parametrize("raw", [None, {}, ["id"], [{"state": "x"}], "id"])
def test_choices_are_objects_with_an_id(raw: object) -> None:
    with pytest.raises(AppError):
        payload.rows(raw, 10)
    assert payload.rows([{"id": "a"}, {"id": "b"}], 1) == [{"id": "a"}]


def test_a_moment_without_a_zone_is_in_utc() -> None:
    assert payload.moment("2026-01-02T03:04:05").isoformat() == "2026-01-02T03:04:05+00:00"
    assert payload.moment("2026-01-02T03:04:05.000Z").hour == 3
    with pytest.raises(AppError):
        payload.moment("yesterday")
