from __future__ import annotations

from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from remnant.response.rules.deferred import Deferred


@dataclass(frozen=True)
class _Pair(Deferred):
    first: int
    second: tuple[int, ...]


def _made(asked):
    def later(name):
        asked.append(name)
        return (1, 2)

    return _Pair.deferred(later, first=0)


def test_a_field_is_made_once_and_only_when_somebody_looks():
    asked: list[str] = []
    pair = _made(asked)
    assert (pair.first, asked) == (0, [])
    assert (pair.second, pair.second, asked) == ((1, 2), (1, 2), ["second"])


def test_a_deferred_record_is_written_and_compared_as_a_whole_one():
    assert _made([]) == _Pair(0, (1, 2))
    assert hash(_made([])) == hash(_Pair(0, (1, 2)))
    keeper = TypeAdapter(_Pair)
    assert keeper.validate_json(keeper.dump_json(_made([]))) == _made([])


def test_what_is_no_field_is_not_made():
    with pytest.raises(AttributeError, match="_Pair has no third"):
        _made([]).third  # noqa: B018
