"""Count gates or compartments in hundreds of files, into one table."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, note, print_json, progress, say
from remnant.cli.fcs.arguments import pairs
from remnant.errors import SHOWN, Fault, SettingError

if TYPE_CHECKING:
    from remnant.analysis.batch import Batch
    from remnant.analysis.counting import Counting


@mendable
def batch(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="FCS files, and folders of .fcs and .lmd files.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The table: .csv or .parquet.")],
    gates: Annotated[
        Path | None, typer.Option(help="Gates as Gating-ML 2.0.", exists=True, dir_okay=False)
    ] = None,
    marker: Annotated[
        list[str] | None,
        typer.Option(help="Instead of gates: marker and channel, as in CD34=APC-A; repeat it."),
    ] = None,
    compartment: Annotated[
        list[str] | None,
        typer.Option(help='Name and phenotype, as in "stem=CD34+ CD38-/low CD90+"; repeat it.'),
    ] = None,
    fmo: Annotated[
        list[str] | None, typer.Option(help="Marker and the tube without it, as in CD38=fmo.fcs; repeat it.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Keys the resamples behind density thresholds.")
    ] = 20100909,
    engine: Annotated[
        str, typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    resume: Annotated[bool, typer.Option("--resume", help="Keep what a broken-off run counted.")] = False,
    as_json: Json = False,
) -> None:
    """Count every gate in every file, into one table.

    A file that cannot be read stands in the table with its reason, and the others are counted; exit 1 if a
    file or a gate could not be counted.

    Example: remnant fcs batch my-tubes --gates gates.xml --out counts.csv
    """
    from remnant.analysis.batch import count_batch
    from remnant.analysis.batch_table import check_table_path, write_batch
    from remnant.analysis.event_files import find_event_files
    from remnant.scale import executor

    check_table_path(out)
    workers = executor(engine)
    found = find_event_files(files)
    counting = _counting(gates, marker, compartment, fmo, seed, found.total_bytes)
    unfinished = out.with_name(f"{out.name}.unfinished")
    if not resume:
        shutil.rmtree(unfinished, ignore_errors=True)
    with progress("counting files", len(found.files)) as done:
        counted = count_batch(found, counting, executor=workers, keep=unfinished, done=done)
    write_batch(counted, out)
    if not counted.faults:
        shutil.rmtree(unfinished, ignore_errors=True)
    _show(counted, out, as_json=as_json)
    if counted.failed:
        raise typer.Exit(1)


def _counting(
    gates: Path | None,
    marker: list[str] | None,
    compartment: list[str] | None,
    fmo: list[str] | None,
    seed: int,
    work_bytes: int,
) -> Counting:
    """Read what is to be counted: gates, or markers and compartments."""
    from remnant.analysis.counting import GateCounting, RecipeCounting
    from remnant.cytometry import Recipe
    from remnant.study.config import DEFAULT_COMPARTMENTS

    if (gates is None) == (not marker):
        found = "neither" if gates is None else "both"
        hint = "as in --gates gates.xml, or --marker CD34=APC-A"
        raise SettingError([Fault("command line", None, "--gates", found, "--gates or --marker", hint)])
    if gates is not None:
        if compartment or fmo:
            hint = "leave it out, or name --marker instead of --gates"
            found = "--compartment or --fmo beside --gates"
            raise SettingError([Fault("command line", None, "--gates", found, "gates alone", hint)])
        return GateCounting.of(gates, work_bytes=work_bytes)
    shipped = {name: item.phenotype for name, item in DEFAULT_COMPARTMENTS.items() if item.phenotype}
    wanted = pairs(compartment, "--compartment", "stem=CD34+ CD38-/low CD90+") or shipped
    controls = {name: Path(path) for name, path in pairs(fmo, "--fmo", "CD38=fmo.fcs").items()}
    markers = pairs(marker, "--marker", "CD34=APC-A")
    return RecipeCounting.of(markers, wanted, controls, recipe=Recipe(), seed=seed)


def _show(counted: Batch, out: Path, *, as_json: bool) -> None:
    """Say what was counted on stdout, and what was not on stderr."""
    refused = {row.file for row in counted.rows if row.gate is None}
    if as_json:
        answer = {"table": str(out), "files": counted.files, "refused": sorted(refused)}
        print_json(answer | {"faults": counted.faults, "notes": counted.notes, "rows": len(counted.rows)})
    else:
        say(f"{counted.files:,} files, {len(counted.rows):,} rows in {out}.")
    for text in counted.notes[:SHOWN]:
        note(f"Note: {text}.")
    if (more := len(counted.notes) - SHOWN) > 0:
        note(f"... and {more:,} more notes.")
    for fault in counted.faults[:SHOWN]:
        note(str(fault))
    if (more := len(counted.faults) - SHOWN) > 0:
        note(f"... and {more:,} more; the table has the reason of each.")
    if refused:
        note(
            f"{len(refused):,} of {counted.files:,} files could not be counted; mend them, then add --resume."
        )
