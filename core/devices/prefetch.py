"""Prefetching: threads prepare the next items while the caller computes with the current one."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Prepared = TypeVar("Prepared")


def in_order(
    prepare: Callable[[Item], Prepared],
    items: Iterable[Item],
    *,
    workers: int,
    depth: int,
    begin: Callable[[], object] | None = None,
) -> Iterator[Prepared]:
    """Yield `prepare(item)` for each item, in the order of the items.

    An exception of `prepare` is raised when its item's turn comes. When the caller stops early,
    calls that have not begun are cancelled and those that have are waited for.

    Args:
        prepare: called in the worker threads.
        items: consumed lazily, in the caller's thread.
        workers: threads.
        depth: items that are submitted beyond the one that the caller holds.
        begin: called once in each worker thread, before its first item.
    """
    pool = ThreadPoolExecutor(workers, initializer=begin)
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
