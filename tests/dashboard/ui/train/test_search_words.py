"""What a search has found, in a sentence, a table and a chart."""

from dataclasses import replace

from core.types import RunStatus
from dashboard.services.runs import searches
from dashboard.services.runs.progress import LiveRun, Step
from dashboard.ui.train import search_panel, search_words
from tests.dashboard.services.runs.test_run_tables import trial
from tests.dashboard.ui import panels
from tests.dashboard.ui.panels import metric

SEARCH = panels.run(config={"search": 3})


def test_a_search_says_whether_its_best_trial_surely_gains() -> None:
    given = trial(0, 0.6, None)

    def title(value: float, low: float) -> str:
        tried = [given, trial(1, value, metric(value - 0.6, low, 0.2))]
        return search_words.title(SEARCH, searches.ranked(tried)).replace("\u00a0", " ")

    assert title(0.7, 0.02) == "Better than given: trial 2 recognises 70.0 % of a class's images."
    assert title(0.7, -0.02).startswith("Not surely better than given")
    assert title(0.5, -0.2).startswith("Nothing beats the settings as given")


def test_a_search_under_way_says_how_long_yet() -> None:
    run = panels.run(config={"search": 8}, status=RunStatus.RUNNING)
    now = LiveRun(step=Step(stage="Trial 3 of 8, fold 1 of 3", seconds_left=130.0))
    words = search_words.explanation(run, [], now).replace("\u00a0", " ")
    assert "0 of 8 trials done. Trial 3 of 8, fold 1 of 3, 2 min 10 s left." in words


def test_a_search_that_has_tried_nothing_else_yet_gives_no_verdict() -> None:
    tried = [trial(0, 0.6, None)]
    running = panels.run(config={"search": 3}, status=RunStatus.RUNNING)
    assert search_words.title(running, tried).startswith("One trial so far, the settings as given")
    assert search_words.title(SEARCH, tried).startswith("Only the settings as given")


def test_a_search_of_which_nothing_has_learned_says_what_to_do() -> None:
    lost = [replace(trial(number, 0.0, None), diverged=True) for number in range(2)]
    assert "No network learned" in search_words.title(SEARCH, lost)
    words = search_words.explanation(SEARCH, lost, LiveRun())
    assert "Search again from a smaller learning rate." in words
    assert "0 images" not in words
    assert search_panel.trials_chart(lost, "t") is None


def test_a_trial_that_diverged_stands_last_and_offers_no_training() -> None:
    lost = replace(trial(0, 0.0, None), diverged=True)
    ranked = searches.ranked([lost, trial(1, 0.4, None)])
    assert [one.number for one in ranked] == [1, 0]
    offered = search_panel.trials_choice(ranked, None)
    assert (offered["choices"], offered["value"]) == ([("Trial 2", 2)], 2)
    shown = search_panel.styled(ranked).data
    assert shown["Trial"].tolist() == [2, 1]
    assert shown["Balanced accuracy"].isna().tolist() == [False, True]


def test_the_chart_shows_the_best_trial_on_top_and_a_click_names_it() -> None:
    ranked = searches.ranked([trial(0, 0.6, None), trial(1, 0.7, metric(0.1, 0.02, 0.2))])
    chart = search_panel.trials_chart(ranked, "t")
    assert chart is not None
    (dots,) = chart.figure.data
    assert list(dots.customdata) == [2, 1]
    assert list(dots.y) == ["trial 2", "trial 1, as given"]
