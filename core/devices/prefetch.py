"""Prefetching: threads prepare the next items while the caller computes with the current one."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Prepared = TypeVar("Prepared")


def in_order(
    prepare: Callable[[Item], Prepared], items: Iterable[Item], *, workers: int, depth: int
) -> Iterator[Prepared]:
    """Yield `prepare(item)` for each item, in the order of the items.

    An exception of `prepare` is raised when its item's turn comes. When the caller stops early,
    calls that have not begun are cancelled and those that have are waited for.

    Args:
        prepare: called in the worker threads.
        items: consumed lazily, in the caller's thread.
        workers: threads.
        depth: items that are submitted beyond the one that the caller holds.
    """
    # One torch thread per worker: more would compete with the caller's computation.
    pool = ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,))
    pending: deque[Future[Prepared]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(prepare, item))
            if len(pending) > depth:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
