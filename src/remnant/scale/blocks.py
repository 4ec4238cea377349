"""Long work in blocks: each item once, whoever works, whatever fails, and nothing held that is done.

A block is a range of items. What an item answers never depends on its block, so blocks are cut to take a
second or more, as the work itself was timed, and the cost of handing one over is lost in it. The pools are
those of `concurrent.futures` and of Dask; here is only what a long run needs beside them: a bound on what is
under way, another try for a block that failed, and a report of what could not be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from remnant.scale.executors import Executor
from remnant.scale.rounds import Rounds
from remnant.scale.tasks import Block, FailedBlock, Pace

__all__ = ["Block", "FailedBlock", "Outcome", "Unfinished", "map_blocks", "stream_blocks"]

Answer = TypeVar("Answer")


def _ignore(items: int) -> None:
    """Do nothing: the default of `done`."""


@dataclass(frozen=True)
class Unfinished:
    """What a run could not do.

    Parameters
    ----------
    failed : tuple of FailedBlock
        In the order of their items.
    untried : tuple of Block
        Items that were not begun, since nearly all before them had failed.
    """

    failed: tuple[FailedBlock, ...] = ()
    untried: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Outcome(Generic[Answer]):
    """Every answer of a run, and what could not be done.

    Parameters
    ----------
    answers : tuple of (Block, Answer)
        In the order of their items.
    failed : tuple of FailedBlock
        In the order of their items.
    untried : tuple of Block
        Items that were not begun, since nearly all before them had failed.
    """

    answers: tuple[tuple[Block, Answer], ...]
    failed: tuple[FailedBlock, ...] = ()
    untried: tuple[Block, ...] = ()


def map_blocks(
    function: Callable[[Block], Answer],
    total: int,
    *,
    executor: Executor,
    size: int | None = None,
    seconds: float = 1.0,
    retries: int = 2,
    done: Callable[[int], None] = _ignore,
) -> Outcome[Answer]:
    """Answer for items 0 to `total` - 1, block by block, and keep every answer in memory.

    Parameters
    ----------
    function : callable
        From a block to its answer; picklable unless the executor is serial. It is called once for each
        block, and again only for one that failed.
    total : int
        Number of items, at least 0.
    executor : Executor
        Who does the work; it cannot change an answer.
    size : int, optional
        Items in a block, at least 1. By default blocks begin small and grow until one takes `seconds`; a
        block that fails every try is then halved, so that what is reported is the item at fault.
    seconds : float
        What a block should take, in seconds, above 0.
    retries : int
        Further tries of a block that failed, at least 0.
    done : callable
        Called with the number of items of each block that is answered.

    Returns
    -------
    Outcome
        Answers in the order of their items, and what failed.

    Raises
    ------
    RemnantError
        If a block finds an input that must be mended: no other try could mend it.
    """
    answers: list[tuple[Block, Answer]] = []
    wanted = (Block(0, total),) if total else ()
    left = stream_blocks(
        function,
        wanted,
        keep=lambda block, answer: answers.append((block, answer)),
        executor=executor,
        size=size,
        seconds=seconds,
        retries=retries,
        done=done,
    )
    ordered = sorted(answers, key=lambda kept: kept[0])
    return Outcome(tuple(ordered), left.failed, left.untried)


def stream_blocks(
    function: Callable[[Block], Answer],
    wanted: Sequence[Block],
    *,
    keep: Callable[[Block, Answer], None],
    executor: Executor,
    size: int | None = None,
    seconds: float = 1.0,
    largest: int = 65_536,
    halve: bool | None = None,
    retries: int = 2,
    done: Callable[[int], None] = _ignore,
) -> Unfinished:
    """Answer for the items in `wanted` and hand each answer to `keep` as it comes, in any order.

    No more than a few blocks a worker are under way at any time, and none is held once it is kept, so that
    memory does not grow with the number of items. What was kept in an earlier run is left out of `wanted`: a
    run of a million patients, or of some hundred long replicates of a calibration, goes on where it stopped.

    Parameters
    ----------
    function, executor, size, seconds, retries, done
        As in `map_blocks`.
    wanted : sequence of Block
        Ranges of items that have no answer yet, apart from one another.
    keep : callable
        Called in this process with each block and its answer. `AnswerError` from it counts as a failure of
        the block; any other error ends the run.
    largest : int
        Most items in a block that is cut by time: a bound on the memory of one answer.
    halve : bool, optional
        Whether a block that fails every try is halved to find the item at fault; by default only a block
        that is cut by time.

    Returns
    -------
    Unfinished
        What failed and what was not begun; both empty after a run that did all.

    Raises
    ------
    RemnantError
        If a block finds an input that must be mended: no other try could mend it.
    """
    assert all(block.first < block.last for block in wanted), "an empty block is no work"
    assert all(one.last <= other.first for one, other in pairwise(wanted)), "no item is wanted twice"
    halve = size is None if halve is None else halve
    rounds = Rounds(function, wanted, Pace(size, seconds, largest), halve, retries, keep, done)
    while rounds.remain():
        with executor.pool() as pool:
            rounds.work(pool)
    return Unfinished(*rounds.unfinished())
