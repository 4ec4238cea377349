"""What is true of a synthetic study, kept beside it so that every answer can be judged."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from remnant.errors import Fault, StudyError

FOLDER = "truth"
NOTICE = "SYNTHETIC: simulated by remnant, not measured in any patient."


@dataclass(frozen=True)
class TrueCompartment:
    """One compartment at one visit.

    Parameters
    ----------
    compartment : str
        Name in study.toml.
    clone_fraction : float
        Share of its cells that carry the clone, before any sort, probe or count.
    frequency : float
        Share of viable nucleated cells that it makes up.
    """

    compartment: str
    clone_fraction: float
    frequency: float


@dataclass(frozen=True)
class TrueVisit:
    """One marrow.

    Parameters
    ----------
    sample_id : str
        The sample.
    day : int
        Days since the first dose.
    state : str
        Where the patient truly stands, in the words of a course.
    resistant_fraction : float
        Share of stem cells that are of the resistant clone.
    quiescent_fraction : float
        Share of stem cells, of every clone, that are quiescent.
    haemoglobin_g_per_dl : float
        Haemoglobin without transfused cells.
    compartments : tuple of TrueCompartment
        Stem, progenitor, bulk.
    """

    sample_id: str
    day: int
    state: str
    resistant_fraction: float
    quiescent_fraction: float
    haemoglobin_g_per_dl: float
    compartments: tuple[TrueCompartment, ...]

    def compartment(self, name: str) -> TrueCompartment:
        """Return one compartment by name."""
        return next(item for item in self.compartments if item.compartment == name)


@dataclass(frozen=True)
class TrueParameter:
    """One number behind a patient; rates are per month, as in `remnant.observation.marrow`."""

    name: str
    value: float


@dataclass(frozen=True)
class TruePatient:
    """One patient.

    Parameters
    ----------
    patient_id : str
        The patient.
    outline : str
        The course that this patient was drawn to have.
    clone_relapse_day : int or None
        First day after remission, to four weeks, from which the clone is above a tenth of progenitors (in a
        partial remission: above half) for good.
    clinical_relapse_day : int or None
        First day, to four weeks, from which haemoglobin in balance has fallen 1.5 g/dL below its best for
        good.
    parameters : tuple of TrueParameter
        Of the dynamics, the blood and the assays.
    visits : tuple of TrueVisit
        Every marrow, in the order of time.
    """

    patient_id: str
    outline: str
    clone_relapse_day: int | None
    clinical_relapse_day: int | None
    parameters: tuple[TrueParameter, ...]
    visits: tuple[TrueVisit, ...]

    def parameter(self, name: str) -> float:
        """Return one parameter by name."""
        return next(item.value for item in self.parameters if item.name == name)


@dataclass(frozen=True)
class Truth:
    """What is true of a synthetic study.

    Parameters
    ----------
    notice : str
        Says that nothing here was measured.
    seed : int
        Keys every stream of chance.
    false_positive, false_negative, dispersion : float
        Errors of the probe, and phi of its slides.
    patients : tuple of TruePatient
        In the order of patients.csv.
    """

    notice: str
    seed: int
    false_positive: float
    false_negative: float
    dispersion: float
    patients: tuple[TruePatient, ...]

    def patient(self, patient_id: str) -> TruePatient:
        """Return one patient by name."""
        return next(item for item in self.patients if item.patient_id == patient_id)


_ADAPTER = TypeAdapter(Truth)


def write_truth(directory: Path, truth: Truth) -> None:
    """Write truth/truth.json (all of it) and truth/truth.csv (a row per visit and compartment)."""
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = _ADAPTER.dump_python(truth, mode="json")
    (folder / "truth.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    header = ["patient_id", "sample_id", "day", "state", "haemoglobin_g_per_dl"]
    header += ["compartment", "clone_fraction", "frequency"]
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(f"# {NOTICE}\n")
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(header)
        for patient in truth.patients:
            for visit in patient.visits:
                hidden = patient.patient_id, visit.sample_id, visit.day, visit.state
                for item in visit.compartments:
                    numbers = visit.haemoglobin_g_per_dl, item.clone_fraction, item.frequency
                    told = [f"{number:.6g}" for number in numbers]
                    rows.writerow([*hidden, told[0], item.compartment, *told[1:]])


def read_truth(path: Path) -> Truth:
    """Read the truth of a synthetic study.

    Parameters
    ----------
    path : Path
        The study folder, its truth folder, or truth.json.

    Raises
    ------
    StudyError
        If there is no truth, or it is not one that this program wrote.
    """
    choices = [path / FOLDER / "truth.json", path / "truth.json", path]
    file = next((choice for choice in choices if choice.is_file()), None)
    hint = "only a synthetic study has a truth: remnant simulate study DIR"
    if file is None:
        raise StudyError(
            [Fault(str(path), None, "", "no truth.json", "the folder of a synthetic study", hint)]
        )
    try:
        return _ADAPTER.validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise StudyError(
            [Fault(str(file), None, place, first["msg"], "a truth as remnant writes it", hint)]
        ) from error
