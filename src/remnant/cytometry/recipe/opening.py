"""Opening the tubes of one sample: panel resolved, phenotypes read, and what is odd said or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from remnant.cytometry.fcs.channels import find_scatter, resolve_panel
from remnant.cytometry.fcs.file import EventFile, read_fcs
from remnant.cytometry.fcs.header import Repair
from remnant.cytometry.fcs.plausible import describe_scale, find_implausible
from remnant.cytometry.gates.events import TubeEvents, open_tube
from remnant.cytometry.gates.gate import FROM_FILE
from remnant.cytometry.recipe.phenotype import MarkerRule, parse_phenotype
from remnant.cytometry.recipe.population import Threshold
from remnant.cytometry.recipe.recipe import Recipe
from remnant.cytometry.recipe.sheet import Tube
from remnant.cytometry.signal.compensate import WORST_CONDITION, require_channels
from remnant.cytometry.signal.spillover_table import read_spillover_csv
from remnant.errors import Fault, FcsError, SettingError

T = TypeVar("T")


@dataclass(frozen=True)
class Opening:
    """One stained tube, its controls, and every choice by which it is counted.

    Parameters
    ----------
    path : Path
        FCS file of the stained tube.
    panel : mapping of str to str
        Marker to channel (`$PnN` or `$PnS`); may name `viability` and `CD45`.
    compartments : mapping of str to str
        Name to phenotype, such as `CD34+ CD38-/low CD90+`; empty for all nucleated cells.
    controls : mapping of str to Path
        Marker to the FMO tube that leaves it out.
    isotypes : mapping of str to Path
        Marker to the isotype tube; one tube may stand for several. Taken where there is no FMO.
    dead : Path, optional
        Dead-cell control: killed cells stained with the viability dye.
    baseline : tuple of Threshold
        Thresholds of the patient's first visit: the compartments are counted by them too, and by them alone
        where the recipe says `baseline`.
    spillover : Path, optional
        CSV matrix by which every tube is compensated, instead of its own.
    recipe : Recipe
        Choices.
    """

    path: Path
    panel: Mapping[str, str]
    compartments: Mapping[str, str]
    controls: Mapping[str, Path] = field(default_factory=dict)
    isotypes: Mapping[str, Path] = field(default_factory=dict)
    dead: Path | None = None
    baseline: tuple[Threshold, ...] = ()
    spillover: Path | None = None
    recipe: Recipe = field(default_factory=Recipe)


@dataclass(frozen=True)
class Rack:
    """The tubes of one sample.

    Parameters
    ----------
    stained : Tube
    fmo, isotype : mapping of str to Tube
        Marker to its control.
    dead : Tube or None
        Dead-cell control.
    warnings : tuple of str
        What is odd about the files.
    repairs : tuple of Repair
        What was mended to read them.
    """

    stained: Tube
    fmo: Mapping[str, Tube]
    isotype: Mapping[str, Tube]
    dead: Tube | None
    warnings: tuple[str, ...]
    repairs: tuple[Repair, ...]


def open_all(asked: Opening) -> Rack:
    """Open every tube once, although one isotype tube may stand for several markers."""
    opened: dict[Path, Tube] = {}
    panel = asked.panel
    warnings: list[str] = []

    def tube(place: Path) -> Tube:
        if Path(place) not in opened:
            opened[Path(place)], more = _open(read_fcs(Path(place)), panel, asked.recipe, asked.spillover)
            warnings.extend(more)
        return opened[Path(place)]

    stained = tube(asked.path)
    if not stained.events.size:
        warnings.append("the file has no events")
    if find_scatter(stained.events.file).forward is None:
        warnings.append("no light scatter, as in mass cytometry: debris and doublets are not gated away")
    fmo = {marker: tube(place) for marker, place in known_markers(panel, asked.controls, "control").items()}
    isotype = {
        marker: tube(place) for marker, place in known_markers(panel, asked.isotypes, "isotype").items()
    }
    killed = None if asked.dead is None else tube(asked.dead)
    repairs = tuple(repair for item in opened.values() for repair in item.events.file.repairs)
    return Rack(stained, fmo, isotype, killed, tuple(warnings), repairs)


def _open(
    file: EventFile, panel: Mapping[str, str], recipe: Recipe, spillover: Path | None
) -> tuple[Tube, list[str]]:
    """Resolve the panel of a tube, refuse implausible values and say what is odd."""
    channels = resolve_panel(file, panel)
    names = tuple(channel.name for channel in channels.values())
    if file.path.name not in recipe.accepted_files and (odd := find_implausible(file, names)):
        hint = "export it again; if it is right, name it under accepted_files"
        raise FcsError(
            [Fault(file.path.name, None, "DATA", finding, "plausible values", hint) for finding in odd]
        )
    warnings = [f"{file.path.name}: {text}" for name in names if (text := describe_scale(file, name))]
    given = None if spillover is None else require_channels(read_spillover_csv(spillover, file), file)
    events: TubeEvents = open_tube(file, spillover=given)
    matrix = events.matrices.get(FROM_FILE)
    if spillover is not None:
        warnings.append(f"{file.path.name}: compensated by {spillover.name}, not by a matrix of its own")
    if events.unusable is not None:
        raise events.unusable
    if matrix is None:
        warnings.append(f"{file.path.name}: no spillover matrix, so values are used as stored")
    elif matrix.condition > WORST_CONDITION:
        warnings.append(f"{file.path.name}: spillover matrix is ill-conditioned ({matrix.condition:.0f})")
    if file.repairs:
        warnings.append(f"{file.path.name}: read with {len(file.repairs)} repairs of its header")
    return Tube(file.path.name, events, channels), warnings


def read_phenotypes(
    panel: Mapping[str, str], compartments: Mapping[str, str]
) -> dict[str, tuple[MarkerRule, ...]]:
    """Read every phenotype, its markers spelt as in the panel."""
    faults: list[Fault] = []
    read: dict[str, tuple[MarkerRule, ...]] = {}
    for name, text in compartments.items():
        try:
            rules = parse_phenotype(text)
            known = known_markers(panel, {rule.marker: rule for rule in rules}, f"compartment {name}")
            read[name] = tuple(replace(rule, marker=marker) for marker, rule in known.items())
        except SettingError as error:
            faults += error.faults
    if faults:
        raise SettingError(faults)
    return read


def known_markers(panel: Mapping[str, str], given: Mapping[str, T], where: str) -> dict[str, T]:
    """Key `given` by the markers of the panel, in any case."""
    spelt = {marker.lower(): marker for marker in panel}
    faults = []
    for marker in given:
        if marker.lower() not in spelt:
            near = get_close_matches(marker.lower(), spelt, 1)
            hint = f"did you mean {spelt[near[0]]}?" if near else "add it to the panel"
            faults.append(Fault("panel", None, where, marker, ", ".join(panel) or "a marker", hint))
    if faults:
        raise SettingError(faults)
    return {spelt[marker.lower()]: value for marker, value in given.items()}
