from core.curation import query_strategies
from core.types import Queue, Split, Status
from dashboard.ui.shared import words
from dashboard.ui.shared.sample_grid import names


def test_the_committed_names_are_those_of_the_screens() -> None:
    assert names.FILE.read_text(encoding="utf-8") == names.text()


def test_nothing_that_the_server_may_send_is_without_a_name() -> None:
    assert set(names.NAMES["STATUS"]) == set(Status)
    assert set(names.NAMES["SPLIT"]) == {*Split, "none"}
    assert set(names.NAMES["QUEUE"]) == set(Queue)
    assert set(words.STRATEGIES) == set(query_strategies.STRATEGIES)
