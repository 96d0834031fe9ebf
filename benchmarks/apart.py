"""Runs each contestant in a fresh process, so that none inherits another's caches or garbage."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_SPAWN = multiprocessing.get_context("spawn")


def apart(work: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Answer:
    """The answer of *work*, computed in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as process:
        return process.submit(work, *args, **kwargs).result()


def side_by_side(
    work: Callable[Given, Answer], processes: int, *args: Given.args, **kwargs: Given.kwargs
) -> list[Answer]:
    """The answers of *work*, run at the same time in as many *processes*."""
    with ProcessPoolExecutor(processes, mp_context=_SPAWN) as pool:
        running = [pool.submit(work, *args, **kwargs) for _ in range(processes)]
        return [process.result() for process in running]
