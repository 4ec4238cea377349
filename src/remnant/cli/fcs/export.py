"""Events with their gates, for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say
from remnant.cli.fcs.arguments import DataSet, EventsFile, Sample, Spillover, given_matrix
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from remnant.cytometry import EventFile, GateTree, SpilloverMatrix

_FORMS = (".h5ad", ".csv", ".parquet")


@mendable
def export(
    file: EventsFile,
    out: Annotated[Path, typer.Option(help="Write here: .h5ad (AnnData), .csv or .parquet.")],
    gates: Annotated[
        Path | None,
        typer.Option(help="Gating-ML 2.0 or a FlowJo workspace (.wsp).", exists=True, dir_okay=False),
    ] = None,
    within: Annotated[str | None, typer.Option(help="Only the events in this gate, by its id.")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Values as stored, not compensated.")] = False,
    double: Annotated[bool, typer.Option("--double", help="64-bit values in .h5ad, not 32-bit.")] = False,
    spillover: Spillover = None,
    sample: Sample = None,
    dataset: DataSet = None,
    as_json: Json = False,
) -> None:
    """Write events with their gates to .h5ad, .csv or .parquet; exit 1 if a gate could not be evaluated.

    Example: remnant fcs export P1-d0.fcs --gates gates.xml --within stem --out stem.h5ad
    """
    from remnant.cytometry import evaluate, read_fcs, read_gates
    from remnant.cytometry.gates.gate import GateTree

    if out.suffix.lower() not in _FORMS:
        raise SettingError(
            [Fault("command line", None, "--out", out.name, ", ".join(_FORMS), "choose by the suffix")]
        )
    opened = read_fcs(file, dataset=dataset)
    matrix = given_matrix(spillover, opened)
    tree = GateTree(()) if gates is None else read_gates(gates, tube=opened, sample=sample)
    counts, codes = evaluate(tree, opened, spillover=matrix)
    events, notes = _write(out, opened, tree, codes, matrix, within, stored, double)
    failed = [(count.gate, count.reason) for count in counts if count.reason]
    if as_json:
        print_json({"file": file.name, "out": out.name, "events": events, "gates": counts, "notes": notes})
    else:
        say(f"{events:,} of {opened.events:,} events in {out}.")
        for line in (*notes, *(f"gate {gate} is not evaluable: {reason}" for gate, reason in failed)):
            say(f"Note: {line}.")
    if failed:
        raise typer.Exit(1)


def _write(
    out: Path,
    file: EventFile,
    tree: GateTree,
    codes: dict[str, NDArray[np.int8]],
    matrix: SpilloverMatrix | None,
    within: str | None,
    stored: bool,
    double: bool,
) -> tuple[int, list[str]]:
    """Write the events; return how many, and what to note."""
    from remnant.cytometry.export.gated_events import collect_events
    from remnant.cytometry.export.to_anndata import to_anndata
    from remnant.cytometry.export.to_frame import to_frame
    from remnant.study.formulas import defused_table

    if out.suffix.lower() == ".h5ad":
        import numpy as np

        made = to_anndata(
            file,
            tree,
            codes,
            within=within,
            compensated=not stored,
            spillover=matrix,
            dtype=np.float64 if double else np.float32,
        )
        made.write_h5ad(out)
        events, compensated = made.n_obs, made.uns["remnant"]["values"] == "compensated"
    else:
        table = collect_events(file, tree, codes, within=within, compensated=not stored, spillover=matrix)
        frame = to_frame(table)
        defused_table(frame).write_csv(out) if out.suffix.lower() == ".csv" else frame.write_parquet(out)
        events, compensated = frame.height, table.spillover is not None
    notes = (
        [] if compensated or stored else [f"{file.path.name} has no spillover matrix: values are as stored"]
    )
    return int(events), notes
