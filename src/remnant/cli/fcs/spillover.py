"""The spillover matrix of a file, or one made from single-stain controls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, note, print_json, print_table, say
from remnant.cli.fcs.arguments import pairs
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    from remnant.cytometry import EventFile, SpilloverEstimate, SpilloverMatrix

_EXAMPLE = "CD34=APC-A=apc.fcs"


@mendable
def spillover(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Show the matrix of this FCS file.", exists=True, dir_okay=False),
    ] = None,
    stain: Annotated[
        list[str] | None,
        typer.Option(
            help="Dye or marker, its detector and its single-stain tube, as in CD34=APC-A=apc.fcs; repeat it."
        ),
    ] = None,
    unstained: Annotated[
        Path | None, typer.Option(help="The same cells or beads without stain.", exists=True, dir_okay=False)
    ] = None,
    spectra: Annotated[
        bool, typer.Option("--spectra", help="Spectra over every detector, largest = 1, not a square matrix.")
    ] = False,
    detectors: Annotated[
        str | None,
        typer.Option(
            help="Detectors, commas between; by default those declared, or of the matrix in the first tube."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the matrix as CSV.")] = None,
    as_json: Json = False,
) -> None:
    """Show the spillover matrix of a file, or estimate one from single-stain controls, with its errors.

    Example: remnant fcs spillover --stain CD34=APC-A=apc.fcs --stain CD38=PE-A=pe.fcs --unstained dark.fcs
    """
    from remnant.cytometry import read_fcs, read_spillover, write_spillover_csv

    if (file is None) == (not stain):
        found = "both" if stain else "neither"
        hint = f"as in remnant fcs spillover P1-d0.fcs, or --stain {_EXAMPLE}"
        raise SettingError([Fault("command line", None, "FILE or --stain", found, "one of them", hint)])
    if file is not None:
        matrix = read_spillover(read_fcs(file))
        _show_own(file.name, matrix, as_json)
    else:
        estimate = _estimate(stain or [], unstained, detectors.split(",") if detectors else [], spectra)
        matrix = estimate.matrix
        _show_estimate(estimate, as_json)
    if out is not None and matrix is not None:
        write_spillover_csv(out, matrix)
        note(f"Written: {out}")


def _estimate(
    stain: list[str], unstained: Path | None, detectors: list[str], spectra: bool
) -> SpilloverEstimate:
    """Read the controls and estimate their matrix."""
    from remnant.cytometry import SingleStain, estimate_spillover, read_control, read_fcs

    given: dict[str, tuple[str | None, Path]] = {}
    for dye, text in pairs(stain, "--stain", _EXAMPLE).items():
        detector, sign, path = text.partition("=")
        given[dye] = (detector.strip(), Path(path.strip())) if sign else (None, Path(text))
    absent = [str(path) for _, path in given.values() if not path.is_file()]
    if absent:
        hint = f"check the path, as in {_EXAMPLE}"
        raise SettingError([Fault("command line", None, "--stain", p, "an FCS file", hint) for p in absent])
    files = {dye: read_fcs(path) for dye, (_, path) in given.items()}
    # By $PnN, whatever the stain is called in each tube.
    declared = {dye: files[dye].channel(name).name for dye, (name, _) in given.items() if name is not None}
    first = next(iter(files.values()))
    names = list(detectors)
    if not names:
        whole = spectra or len(declared) < len(given)
        names = _own_detectors(first) if whole else list(dict.fromkeys(declared.values()))
    names = list(
        dict.fromkeys([first.channel(name.strip()).name for name in names] + list(declared.values()))
    )
    stains = [SingleStain(dye, read_control(f, names), declared.get(dye)) for dye, f in files.items()]
    dark = read_control(read_fcs(unstained), names) if unstained is not None else None
    return estimate_spillover(stains, dark, square=not spectra)


def _own_detectors(file: EventFile) -> list[str]:
    """Name the fluorescence detectors of a control: those of its own matrix."""
    from remnant.cytometry import read_spillover

    matrix = read_spillover(file)
    if matrix is None:
        known = ", ".join(channel.name for channel in file.channels)
        hint = f"name the fluorescence detectors of {file.path.name}, which has no matrix that would"
        raise SettingError([Fault("command line", None, "--detectors", "none", f"some of {known}", hint)])
    return list(matrix.detectors)


def _show_own(name: str, matrix: SpilloverMatrix | None, as_json: bool) -> None:
    """Print the matrix of a file with its conditioning."""
    from remnant.cytometry.signal.compensate import conditioning_warnings

    if as_json:
        answer: dict[str, object] = {"file": name, "spillover": matrix}
        if matrix is not None:
            answer |= _conditioning(matrix) | {"warnings": conditioning_warnings(matrix)}
        print_json(answer)
        return
    if matrix is None:
        say(f"{name} has no spillover matrix: values are used as stored, as in mass cytometry.")
        return
    rows = [
        (dye, *(f"{value:.4g}" for value in row), f"{growth:.2f}")
        for dye, row, growth in zip(matrix.dyes, matrix.rows, matrix.noise_growth, strict=True)
    ]
    print_table(f"{name}: share of each dye in each detector", ("dye", *matrix.detectors, "noise x"), rows)
    _show_condition(matrix, conditioning_warnings(matrix))


def _show_estimate(estimate: SpilloverEstimate, as_json: bool) -> None:
    """Print an estimated matrix with its errors."""
    matrix = estimate.matrix
    if as_json:
        answer = {"spillover": matrix, "errors": estimate.errors, "fits": estimate.fits}
        print_json(answer | _conditioning(matrix) | {"warnings": estimate.warnings})
        return
    rows = [
        (fit.dye, fit.primary, f"{fit.positives:,}", f"{fit.negatives:,}", *map(_with_error, row, errors))
        for fit, row, errors in zip(estimate.fits, matrix.rows, estimate.errors, strict=True)
    ]
    header = ("dye", "detector", "positives", "negatives", *matrix.detectors)
    print_table("Share of each dye in each detector ± standard error", header, rows)
    _show_condition(matrix, estimate.warnings)


def _with_error(value: float, error: float) -> str:
    return "1" if (value, error) == (1, 0) else f"{value:.4f} ± {error:.4f}"


def _conditioning(matrix: SpilloverMatrix) -> dict[str, object]:
    return {
        "condition": matrix.condition,
        "inseparable": matrix.inseparable,
        "noise_growth": dict(zip(matrix.dyes, matrix.noise_growth, strict=True)),
    }


def _show_condition(matrix: SpilloverMatrix, warnings: tuple[str, ...]) -> None:
    growth, dye = max(zip(matrix.noise_growth, matrix.dyes, strict=True))
    say(f"Condition number {matrix.condition:.1f}; noise grows most in {dye}, {growth:.2f} times.")
    for warning in warnings:
        say(f"Note: {warning}.")
