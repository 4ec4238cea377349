"""Rounds of work: what is handed out, taken back, tried again, and given up.

When a worker dies, a pool cannot say which of the blocks under way killed it. All of them are suspects: they
are done again first, half as many at a time, until a block that kills dies alone and is known. Only then
does a death count as a try of that block, so no block is given up for its neighbour.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from remnant.errors import RemnantError
from remnant.scale.pools import Pool, scheduler_lost
from remnant.scale.tasks import (
    Answered,
    AnswerError,
    Block,
    FailedBlock,
    Failure,
    Pace,
    attempt,
    attempt_away,
    unpack,
)

DIED = Failure("its worker died: killed from outside, for its memory, or by a fault of compiled code")
HOPELESS = 10  # failed blocks, and more than were answered: what is left would fail too


@dataclass(frozen=True)
class _Task:
    """A block to do: how often it was tried, and in what state of suspicion."""

    block: Block
    attempts: int = 0
    suspect: bool = False
    alone: bool = False
    half: bool = False


class Rounds:
    """The state of one run.

    Parameters
    ----------
    function : callable
        From a block to its answer.
    wanted : sequence of Block
        Ranges of items to do.
    pace : Pace
        How large a block should be.
    halve : bool
        Whether a block that failed every try is halved.
    retries : int
        Further tries of a block that failed.
    keep : callable
        Takes each block and its answer.
    done : callable
        Takes the number of items answered.
    """

    def __init__(
        self,
        function: Callable[[Block], Any],
        wanted: Sequence[Block],
        pace: Pace,
        halve: bool,
        retries: int,
        keep: Callable[[Block, Any], None],
        done: Callable[[int], None],
    ):
        self.function, self.pace, self.tries, self.keep, self.done = function, pace, 1 + retries, keep, done
        self.halve = halve
        self.uncut = deque(wanted)
        self.again: deque[_Task] = deque()
        self.failed: list[FailedBlock] = []
        self.answered = 0
        self.narrow = 1  # tasks under way while there are suspects

    def remain(self) -> bool:
        """Say whether there is work left that is worth beginning."""
        hopeless = len(self.failed) >= max(HOPELESS, self.answered + 1)
        return bool(self.again or self.uncut) and not hopeless

    def unfinished(self) -> tuple[tuple[FailedBlock, ...], tuple[Block, ...]]:
        """Blocks that failed, and blocks that were not begun or not tried to the end."""
        untried = sorted([*self.uncut, *(task.block for task in self.again)])
        return tuple(sorted(self.failed, key=lambda failed: failed.block)), tuple(untried)

    def work(self, pool: Pool) -> None:
        """Work until all is done, or until the pool is broken and another is needed."""
        whole = True
        while whole and self.remain():
            whole = self._round(pool)

    def _round(self, pool: Pool) -> bool:
        """Keep the workers busy until all is done or one of them dies; say whether the pool is whole."""
        flying: dict[Future[Any], _Task] = {}
        dead: list[_Task] = []
        whole = True
        while True:
            if whole and not dead:
                whole = self._launch(pool, flying)
            if not flying:
                break
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                task = flying.pop(future)
                if _died(future, pool):
                    dead.append(task)
                    whole = whole and not isinstance(future.exception(), BrokenExecutor)
                else:
                    self._settle(task, future)
        self._suspect(dead)
        return whole

    def _launch(self, pool: Pool, flying: dict[Future[Any], _Task]) -> bool:
        """Hand out as many tasks as should be under way; say whether the pool takes them."""
        suspects = any(task.suspect for task in (*flying.values(), *self.again))
        limit = self.narrow if suspects else pool.ahead()
        while len(flying) < limit and self.remain():
            task = replace(self._next(), alone=suspects and limit == 1)
            try:
                flying[self._hand_in(pool, task.block)] = task
            except BrokenExecutor:
                self.again.appendleft(task)
                return False
        return True

    def _hand_in(self, pool: Pool, block: Block) -> Future[Any]:
        if pool.away:
            return pool.hands.submit(attempt_away, self.packed, block)
        return pool.hands.submit(attempt, self.function, block)

    @cached_property
    def packed(self) -> bytes:
        """The function, packed once for all blocks."""
        return pickle.dumps(self.function)

    def _next(self) -> _Task:
        """Take the next task, cut from what is wanted if none waits to be done again."""
        if self.again:
            return self.again.popleft()
        stretch = self.uncut.popleft()
        block = Block(stretch.first, min(stretch.first + self.pace.next(), stretch.last))
        if block.last < stretch.last:
            self.uncut.appendleft(Block(block.last, stretch.last))
        return _Task(block)

    def _settle(self, task: _Task, future: Future[Any]) -> None:
        """Keep an answer, or see to a failure; an input that a user must mend ends the run."""
        error = future.exception()
        if isinstance(error, RemnantError):
            raise error
        came = future.result() if error is None else Failure.of(error)
        if isinstance(came, bytes):
            came = unpack(came)
        failure = self._take(task.block, came) if isinstance(came, Answered) else came
        if failure is not None:
            self._fail(task, failure)

    def _take(self, block: Block, came: Answered[Any]) -> Failure | None:
        """Hand an answer to be kept; return why it was refused, if it was."""
        try:
            self.keep(block, came.answer)
        except AnswerError as refused:
            return Failure.of(refused)
        self.pace.learn(len(block), came.spent)
        self.answered += 1
        self.done(len(block))
        return None

    def _fail(self, task: _Task, failure: Failure) -> None:
        """Have a block tried again, or halved to find the item at fault, or give it up."""
        attempts = task.attempts + 1
        divisible = self.halve and len(task.block) > 1
        if attempts < self.tries and not (task.half and divisible):
            self.again.appendleft(replace(task, attempts=attempts))
        elif divisible:
            for half in reversed(task.block.halves()):
                self.again.appendleft(_Task(half, suspect=task.suspect, half=True))
        else:
            self.failed.append(FailedBlock(task.block, attempts, failure.error, failure.trace))

    def _suspect(self, dead: Sequence[_Task]) -> None:
        """Have blocks whose worker died done again, half as many at a time; one alone has failed."""
        self.narrow = max(1, len(dead) // 2)
        for task in reversed(dead):
            if task.alone:
                # Another try may well die for want of the same memory: halve it at once, where it can be.
                self._fail(replace(task, half=True), DIED)
            else:
                self.again.appendleft(replace(task, suspect=True))


def _died(future: Future[Any], pool: Pool) -> bool:
    """Say whether a call ended with its worker, and not by itself."""
    if future.cancelled():
        raise scheduler_lost()
    return isinstance(future.exception(), pool.deaths)
