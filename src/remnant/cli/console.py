"""How every command speaks: answers on stdout, progress on stderr, faults as lines or as JSON."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn, ParamSpec, Protocol, TypeVar

import typer

from remnant.errors import RemnantError

NOTICE = "For research use only; not a medical device."

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON, for programs.")]

P = ParamSpec("P")
R = TypeVar("R")


def mendable(command: Callable[P, R]) -> Callable[P, R]:
    """Turn errors that a user can mend into their text and exit status 1; bugs keep their traceback.

    With `--json` the faults are printed as JSON on stdout, so that a program sees what a person sees.
    """

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except RemnantError as error:
            _refuse(error, as_json=bool(kwargs.get("as_json")))
        except OSError as error:
            from remnant.store.disk_errors import refusal

            if (full := refusal(error)) is None:
                raise
            _refuse(full, as_json=bool(kwargs.get("as_json")))

    return run


def _refuse(error: RemnantError, *, as_json: bool) -> NoReturn:
    if as_json:
        faults = [vars(fault) for fault in error.faults]
        print_json({"error": type(error).__name__, "faults": faults})
    else:
        sys.stderr.write(f"{error}\n")
    raise typer.Exit(1)


def print_json(answer: Any) -> None:
    """Print a record, or a structure of records, as JSON on stdout."""
    from pydantic_core import to_json

    text = to_json(answer, inf_nan_mode="null", fallback=str, indent=2).decode()
    sys.stdout.write(text + "\n")


def print_table(
    title: str, header: Sequence[str], rows: Sequence[Sequence[object]], *, note: str = ""
) -> None:
    """Print rows for a person; numbers to the right, words to the left.

    Parameters
    ----------
    title : str
        What the table shows.
    header : sequence of str, length c
        Column names.
    rows : sequence of sequence, shape (r, c)
        Cells, written with `str`; None shows as an empty cell.
    note : str
        A line beneath.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for number, name in enumerate(header):
        numeric = bool(rows) and all(isinstance(row[number], int | float | None) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    # A pipe has no width: keep lines whole there, for grep.
    width = None if sys.stdout.isatty() else 200
    # A karyotype is full of brackets and colons: none of them is markup.
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    console.print(table)
    if note:
        console.print(note)


def note(text: str) -> None:
    """Print a line beside the answer, on stderr."""
    sys.stderr.write(text + "\n")


def say(text: str) -> None:
    """Print one line of an answer on stdout."""
    sys.stdout.write(text + "\n")


class Advance(Protocol):
    """Says that pieces of work are done: one, or as many as are named."""

    def __call__(self, pieces: int = 1, /) -> None:
        """Move the bar."""


@contextmanager
def progress(work: str, total: int) -> Iterator[Advance]:
    """Show a bar on stderr while long work goes on; none when stderr is not a terminal.

    Yields
    ------
    callable
        Call it once for each of the `total` pieces done, or with the number of pieces.
    """
    if not sys.stderr.isatty():
        yield lambda _=1: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(work, total=total)
        yield lambda pieces=1: bar.advance(task, pieces)
