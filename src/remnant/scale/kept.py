"""Blocks of rows on disk: each a Parquet file that is whole, with its items and its checksum in its name.

What is there after a crash is read off the names and proved by the checksums, so no index can disagree with
the files. The size of the blocks is of no account: gaps of any size are found and filled.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from remnant.scale.tasks import AnswerError, Block
from remnant.scale.whole import clear_parts, usable, whole_file

ROW_GROUP = 65_536  # rows; fixed, so that the table has the same bytes however its blocks were cut
MOST_JOINED = 16_384  # rows of small blocks that are joined
MOST_FILES = 500  # that are merged without joining the small ones first

_NAME = re.compile(r"(\d+)-(\d+)\.([0-9a-f]{16})\.parquet")


@dataclass(frozen=True)
class KeptBlocks:
    """The blocks of one table, in a folder of their own.

    Parameters
    ----------
    folder : Path
        Made when it is not there.
    total : int
        Number of items, each of which is one row.
    """

    folder: Path
    total: int

    def found(self) -> dict[Block, Path]:
        """Return the whole blocks, in the order of their items; what is broken or doubled is removed."""
        with usable(self.folder):
            self.folder.mkdir(exist_ok=True)
            clear_parts(self.folder)
            blocks: dict[Block, Path] = {}
            reached = 0
            for block, path in sorted(self._named()):
                if block.first < reached or block.last > self.total or not _sound(path):
                    path.unlink()
                    continue
                blocks[block] = path
                reached = block.last
        return blocks

    def _named(self) -> Iterator[tuple[Block, Path]]:
        for path in self.folder.iterdir():
            if named := _NAME.fullmatch(path.name):
                yield Block(int(named[1]), int(named[2])), path

    def keep(self, block: Block, packed: bytes) -> Path:
        """Put the rows of a block, as `pack_rows` made them, on the disk and return the file."""
        path = self.folder / f"{block.first:012d}-{block.last:012d}.{_checksum(packed)}.parquet"
        with whole_file(path) as file:
            file.write(packed)
        return path

    def merge(self, file: BinaryIO) -> None:
        """Write all blocks as one table, in the order of their items, holding a few row groups at a time."""
        blocks = self.found()
        assert not gaps(blocks, self.total), "only a whole table is merged"
        if len(blocks) > MOST_FILES:
            blocks = self._joined(blocks)
        _rows(blocks.values()).sink_parquet(
            file, row_group_size=ROW_GROUP, compression="zstd", compression_level=3, maintain_order=True
        )

    def _joined(self, blocks: dict[Block, Path]) -> dict[Block, Path]:
        """Join small neighbours: what is held of each file while it is read adds up over thousands."""
        joined = {}
        for some in _neighbours(blocks):
            block = Block(some[0].first, some[-1].last)
            if len(some) == 1:
                joined[block] = blocks[block]
                continue
            rows = _rows(blocks[one] for one in some).collect()
            joined[block] = self.keep(block, _packed(rows))
            for one in some:
                blocks[one].unlink()
        return joined


def _neighbours(blocks: Iterable[Block]) -> list[list[Block]]:
    """Part blocks, in order, into runs that have no more than `MOST_JOINED` rows, or are one block."""
    runs: list[list[Block]] = []
    for block in blocks:
        if runs and block.last - runs[-1][0].first <= MOST_JOINED:
            runs[-1].append(block)
        else:
            runs.append([block])
    return runs


def _rows(paths: Iterable[Path]) -> pl.LazyFrame:
    """Read files one after another; [a star*] or a=b in the name of a folder is no pattern."""
    return pl.scan_parquet(list(paths), glob=False, hive_partitioning=False)


def gaps(blocks: dict[Block, Path], total: int) -> tuple[Block, ...]:
    """Return the stretches of items that no block covers.

    Examples
    --------
    >>> [str(gap) for gap in gaps({Block(0, 3): Path("a"), Block(5, 6): Path("b")}, 9)]
    ['3 to 4', '6 to 8']
    """
    edges = [0, *(edge for block in sorted(blocks) for edge in (block.first, block.last)), total]
    stretches = (Block(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True))
    return tuple(stretch for stretch in stretches if len(stretch))


def pack_rows(function: Callable[[Block], object], block: Block) -> bytes:
    """Make the rows of a block and pack them as Parquet, in the worker: less to send, and less to do at home.

    Raises
    ------
    AnswerError
        If the answer is not one row for each item.
    """
    table = function(block)
    if not isinstance(table, pl.DataFrame):
        raise AnswerError(f"a table was expected, not {type(table).__name__}")
    if table.height != len(block):
        raise AnswerError(f"one row for each of {len(block)} items was expected, not {table.height} rows")
    return _packed(table)


def _packed(table: pl.DataFrame) -> bytes:
    held = io.BytesIO()
    table.write_parquet(held, compression="lz4")
    return held.getvalue()


def columns_of(source: Path | bytes) -> pl.Schema:
    """Read the columns of packed rows."""
    return pl.read_parquet(source, n_rows=0, hive_partitioning=False, glob=False).schema


def check_columns(found: pl.Schema, expected: pl.Schema) -> None:
    """Refuse columns that are not those of the other blocks.

    Raises
    ------
    AnswerError
        With every column that differs.
    """
    if found != expected:
        odd = [
            f"{name} ({kind})" for name, kind in sorted(set(found.items()) ^ set(expected.items()), key=str)
        ]
        raise AnswerError(
            f"the columns of the other blocks were expected; {', '.join(odd) or 'order'} differs"
        )


def _checksum(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _sound(path: Path) -> bool:
    """Say whether a file is what was written under its name."""
    named = _NAME.fullmatch(path.name)
    return named is not None and named[3] == _checksum(path.read_bytes())
