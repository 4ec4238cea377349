"""Blocks of items, how large the next one should be, and what became of one that failed."""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Generic, TypeVar

from remnant.errors import RemnantError

Answer = TypeVar("Answer")

GROWTH = 16  # how much larger than any block yet answered the next may be
LATEST = 7  # blocks whose rates are compared


@dataclass(frozen=True, order=True)
class Block:
    """Items `first` to `last` - 1, numbered from 0.

    Examples
    --------
    >>> list(Block(3, 6).items)
    [3, 4, 5]
    >>> len(Block(3, 6))
    3
    """

    first: int
    last: int

    def __len__(self) -> int:
        """Count the items."""
        return self.last - self.first

    def __str__(self) -> str:
        """Say which items, as in `3 to 5`, or `3` alone."""
        return f"{self.first}" if len(self) == 1 else f"{self.first} to {self.last - 1}"

    @property
    def items(self) -> range:
        """The numbers of the items."""
        return range(self.first, self.last)

    def halves(self) -> tuple[Block, Block]:
        """Cut the block in two; it has at least two items."""
        assert len(self) > 1
        middle = (self.first + self.last) // 2
        return Block(self.first, middle), Block(middle, self.last)


@dataclass(frozen=True)
class FailedBlock:
    """A block without an answer.

    Parameters
    ----------
    block : Block
        Its items.
    attempts : int
        How often it was tried.
    error : str
        What the last try said, in one line.
    trace : str
        Where in the program, for who mends it; empty for a worker that died.
    """

    block: Block
    attempts: int
    error: str
    trace: str = ""


class AnswerError(ValueError):
    """What a block answered is not what was asked for: the block has failed."""


@dataclass
class Pace:
    """Cut blocks that take `seconds`, by the rate at which the latest were answered.

    The middle rate of a few, since the first block of each worker also waits for its compilers.

    Parameters
    ----------
    size : int or None
        A size that a person chose; None to cut by time.
    seconds : float
        What a block should take.
    largest : int
        Most items in a block that is cut by time.
    """

    size: int | None
    seconds: float
    largest: int
    proven: int = field(default=0, init=False)
    rates: deque[float] = field(default_factory=lambda: deque(maxlen=LATEST), init=False)

    def __post_init__(self) -> None:
        assert self.size is None or self.size >= 1, f"a block has at least one item, not {self.size}"
        assert self.seconds > 0
        assert self.largest >= 1

    def next(self) -> int:
        """How many items the next block should have."""
        if self.size is not None:
            return self.size
        rate = median(self.rates) if self.rates else 0.0
        return max(1, round(min(rate * self.seconds, GROWTH * self.proven, self.largest)))

    def learn(self, items: int, spent: float) -> None:
        """Take in that a block of `items` took `spent` seconds of a worker."""
        self.proven = max(self.proven, items)
        self.rates.append(items / max(spent, 1e-9))


@dataclass(frozen=True)
class Answered(Generic[Answer]):
    """An answer, with the seconds that it took."""

    answer: Answer
    spent: float


@dataclass(frozen=True)
class Failure:
    """An error as text: that of a library may not survive the way back from a worker."""

    error: str
    trace: str = ""

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Say an error in one line, and where it arose."""
        text = " ".join(str(error).split())
        name = type(error).__name__
        return cls(f"{name}: {text}" if text else name, "".join(traceback.format_exception(error)))


def attempt(function: Callable[[Block], Answer], block: Block) -> Answered[Answer] | Failure:
    """Answer for a block, in a worker; an input that a user must mend is raised, any other error returned."""
    start = time.perf_counter()
    try:
        answer = function(block)
    except RemnantError:
        raise
    except Exception as error:
        return Failure.of(error)
    return Answered(answer, time.perf_counter() - start)
