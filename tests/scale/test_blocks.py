"""Every item is answered once or reported, however the work is cut, in whatever order it comes, whoever dies.

The engines here are made of threads, or of a pool that breaks as one of processes does, so that hundreds of
runs take no time. The engines themselves are in `test_blocks_on_engines`.
"""

from __future__ import annotations

import operator
import random
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from fake_work import BAD, raise_at_bad, raise_once, refuse_all, total_of
from hypothesis import given
from hypothesis import strategies as st

from remnant.errors import SettingError
from remnant.scale import AnswerError, Block, Serial, map_blocks, stream_blocks
from remnant.scale.pools import Pool
from remnant.scale.tasks import GROWTH, Pace


@dataclass(frozen=True)
class Threads:
    """An engine whose answers come in any order."""

    workers: int

    @contextmanager
    def pool(self):
        with ThreadPoolExecutor(self.workers) as hands:
            yield Pool(hands, lambda: 2 * self.workers, away=False)


@dataclass
class Mortal:
    """An engine whose worker dies at some items and takes all that is under way with it, as a pool does.

    With `private` deaths only the call itself is lost, and the pool goes on, as on a cluster.
    """

    killers: frozenset[int]
    ahead: int = 8
    private: bool = False
    opened: int = 0
    most: int = field(default=0, init=False)

    @contextmanager
    def pool(self):
        self.opened += 1
        death = ValueError if self.private else BrokenExecutor
        yield Pool(_MortalHands(self, death), lambda: self.ahead, (death,), away=False)


class _MortalHands(Executor):
    def __init__(self, engine, death):
        self.engine, self.death, self.waiting, self.broken = engine, death, [], False

    def submit(self, function, /, *args):
        if self.broken:
            raise BrokenExecutor
        future = Future()
        self.waiting.append((future, function, args))
        self.engine.most = max(self.engine.most, len(self.waiting))
        # Work starts when as much is under way as will be: a timer stands for the workers.
        threading.Timer(0.002, self.run).start()
        return future

    def run(self):
        waiting, self.waiting = self.waiting, []
        for future, function, args in waiting:
            if self.broken or (args[-1].items and self.engine.killers.intersection(args[-1].items)):
                self.broken = self.death is BrokenExecutor
                future.set_exception(self.death())
            else:
                future.set_result(function(*args))


def items_of(outcome):
    answered = [item for block, _ in outcome.answers for item in block.items]
    failed = [item for one in outcome.failed for item in one.block.items]
    return answered, failed


sizes = st.none() | st.integers(1, 50)


@given(st.integers(0, 200), sizes, st.integers(1, 4))
def test_each_item_is_answered_once_and_in_order(total, size, workers):
    counted = []
    for engine in (Serial(), Threads(workers)):
        outcome = map_blocks(total_of, total, executor=engine, size=size, done=counted.append)
        assert items_of(outcome) == (list(range(total)), [])
        assert all(answer == sum(block.items) for block, answer in outcome.answers)
        assert size is None or all(len(block) <= size for block, _ in outcome.answers)
        assert outcome.untried == ()
    assert sum(counted) == 2 * total


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12, unique=True), sizes)
def test_only_what_is_wanted_is_done(edges, size):
    edges = sorted(edges)[: len(edges) // 2 * 2]
    wanted = [Block(*pair) for pair in zip(edges[::2], edges[1::2], strict=True)]
    kept = []
    left = stream_blocks(
        operator.attrgetter("items"),
        wanted,
        keep=lambda _, items: kept.extend(items),
        executor=Threads(2),
        size=size,
    )
    assert sorted(kept) == [item for block in wanted for item in block.items]
    assert (left.failed, left.untried) == ((), ())


@given(st.integers(BAD + 1, 200), st.integers(0, 3))
def test_the_item_at_fault_is_found_and_all_others_are_kept(total, retries):
    outcome = map_blocks(raise_at_bad, total, executor=Serial(), retries=retries)
    answered, failed = items_of(outcome)
    assert failed == [BAD]
    assert answered == [item for item in range(total) if item != BAD]
    (one,) = outcome.failed
    assert one.attempts == 1 + retries
    assert one.error == "ZeroDivisionError: no clone left to divide"
    assert "raise_at_bad" in one.trace


def test_a_block_of_a_chosen_size_fails_whole():
    outcome = map_blocks(raise_at_bad, 100, executor=Serial(), size=10)
    assert [one.block for one in outcome.failed] == [Block(30, 40)]
    assert len(outcome.answers) == 9


def test_a_block_that_fails_once_is_answered(tmp_path):
    outcome = map_blocks(lambda block: raise_once(tmp_path, block), 100, executor=Serial(), size=10)
    assert items_of(outcome) == (list(range(100)), [])


@pytest.mark.parametrize("private", [False, True])
@given(total=st.integers(1, 60), killers=st.frozensets(st.integers(0, 59), max_size=3), size=sizes)
def test_a_killer_is_found_and_no_neighbour_is_given_up_for_it(total, killers, size, private):
    """A block that is reported holds a killer; a block that does not is always answered."""
    outcome = map_blocks(total_of, total, executor=Mortal(killers, private=private), size=size)
    answered, failed = items_of(outcome)
    assert sorted(answered + failed) == list(range(total))
    assert all(killers.intersection(one.block.items) for one in outcome.failed)
    assert set(answered).isdisjoint(killers)
    if size is None:
        assert set(failed) == killers & set(range(total))
    assert all("its worker died" in one.error for one in outcome.failed)


def test_a_death_ends_no_more_than_the_pool_it_was_in():
    engine = Mortal(frozenset({5}))
    map_blocks(total_of, 20, executor=engine, size=1)
    # Eight under way, then four, two, and the killer alone three times.
    assert engine.opened <= 8


@given(st.integers(1, 30))
def test_no_more_is_under_way_than_the_engine_asks_for(ahead):
    engine = Mortal(frozenset(), ahead=ahead)
    map_blocks(total_of, 50, executor=engine, size=1)
    assert engine.most <= ahead


def test_an_input_to_mend_ends_the_run_at_once():
    with pytest.raises(SettingError, match=r"scenario\.toml, line 3"):
        map_blocks(refuse_all, 100, executor=Serial())


def test_a_run_in_which_all_fails_is_not_carried_to_the_end():
    """A hundred thousand patients that all fail for one reason are not tried three times each."""
    called = []

    def fail(block):
        called.append(block)
        raise ValueError

    outcome = map_blocks(fail, 100_000, executor=Serial())
    assert len(outcome.failed) == 10
    assert outcome.untried == (Block(10, 100_000),)
    assert len(called) == 30


def test_an_answer_that_is_refused_has_failed():
    def refuse(block, answer):
        if BAD in block.items:
            raise AnswerError("a table was expected")

    left = stream_blocks(total_of, [Block(0, 60)], keep=refuse, executor=Serial())
    assert [(one.block, one.error) for one in left.failed] == [
        (Block(BAD, BAD + 1), "AnswerError: a table was expected")
    ]


def test_a_keeper_that_fails_ends_the_run():
    """A disk that is full will not take the next block either."""

    def full(block, answer):
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        stream_blocks(total_of, [Block(0, 60)], keep=full, executor=Serial())


def test_nothing_is_held_once_it_is_kept():
    """With a thousand blocks, no more answers are alive than are under way."""
    alive, most = 0, 0

    class Answer:
        def __init__(self):
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self):
            nonlocal alive
            alive -= 1

    stream_blocks(lambda _: Answer(), [Block(0, 1000)], keep=lambda *_: None, executor=Threads(2), size=1)
    assert most <= 12


@given(st.floats(1e-6, 10), st.floats(0.1, 5), st.integers(1, 10**6))
def test_blocks_grow_to_the_seconds_that_they_should_take(cost, seconds, largest):
    """From one item on, whatever an item costs, and although the first waited for a compiler."""
    pace = Pace(None, seconds, largest)
    assert pace.next() == 1
    pace.learn(1, cost + 12)
    for _ in range(60):
        size = pace.next()
        assert size <= max(1, GROWTH * pace.proven)
        pace.learn(size, size * cost)
    wanted = min(max(1.0, seconds / cost), largest)
    assert abs(pace.next() - wanted) <= 1


def test_the_pace_forgets_how_quick_the_first_patients_were():
    rng = random.Random(1)
    pace = Pace(None, 1.0, 10**6)
    for cost in [1e-4] * 20 + [1e-2] * 20:
        size = pace.next()
        pace.learn(size, size * cost * rng.uniform(0.8, 1.2))
    assert 0.7 < pace.next() * 1e-2 < 1.4
