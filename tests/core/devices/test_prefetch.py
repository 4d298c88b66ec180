import threading
import time

import pytest
import torch

from core.devices import prefetch


def test_results_come_in_the_order_of_the_items_although_later_ones_finish_first():
    later_ones_done = threading.Event()

    def prepare(item: int) -> int:
        if item == 0:
            later_ones_done.wait()
        if item == 2:
            later_ones_done.set()
        return item * item

    assert list(prefetch.in_order(prepare, range(5), workers=2, depth=3)) == [0, 1, 4, 9, 16]


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_no_more_items_are_consumed_than_the_depth_allows(depth):
    consumed = []
    items = (consumed.append(item) or item for item in range(10))
    for held, result in enumerate(prefetch.in_order(str, items, workers=2, depth=depth)):
        assert result == str(held)
        assert consumed == list(range(min(10, held + 1 + depth)))


def test_an_exception_is_raised_when_its_turn_comes():
    results = prefetch.in_order(lambda item: 6 / item, [3, 2, 0, 1], workers=1, depth=3)
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_closing_cancels_what_has_not_begun_and_ends_the_threads():
    before = set(threading.enumerate())
    begun = []

    def prepare(item: int) -> int:
        begun.append(item)
        time.sleep(0.01)
        return item

    results = prefetch.in_order(prepare, range(500), workers=1, depth=499)
    assert next(results) == 0
    results.close()
    assert begun == list(range(len(begun)))
    assert len(begun) < 500
    assert set(threading.enumerate()) <= before


def test_workers_begin_with_what_the_caller_asks_and_the_caller_stays_as_it_is():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        numbers = prefetch.in_order(
            lambda _: torch.get_num_threads(),
            range(3),
            workers=2,
            depth=1,
            begin=lambda: torch.set_num_threads(1),
        )
        assert list(numbers) == [1, 1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
