"""The synthetic study: patients shaped like those of the seed study, every number drawn from a known truth.

Nothing in it was measured in a patient, and everything in it says so. The truth is kept beside the study, so
that the whole journey can be judged by it.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from remnant.errors import Fault, SettingError
from remnant.observation import bench
from remnant.observation.folder import parts_of_a_study, publish, write_folder
from remnant.observation.patient import Enrolment, Rows, simulate_patient
from remnant.observation.truth import NOTICE, Truth, write_truth
from remnant.scale.executors import Executor, Serial
from remnant.scale.streams import stream

LARGEST_SEED = 2**63 - 1


def _nothing() -> None:
    """Do nothing: the default of `done`."""


def simulate_study(
    directory: Path,
    *,
    patients: int = 7,
    seed: int,
    executor: Executor | None = None,
    done: Callable[[], None] = _nothing,
) -> Truth:
    """Write a synthetic study folder with its truth.

    Parameters
    ----------
    directory : Path
        Folder to make, or one that holds nothing of a study. The study appears in it only when it is whole.
    patients : int, default 7
        Number of patients; the outlines of the seven are repeated beyond.
    seed : int
        Keys every stream of chance. The same seed gives the same bytes, and patient 3 is the same person
        whether 5 or 7 are simulated.
    executor : Executor, optional
        Who does the work; it cannot change the study. By default this process.
    done : callable
        Called as each patient is finished.

    Returns
    -------
    Truth
        As `read_truth` reads it back.

    Raises
    ------
    SettingError
        If the folder holds anything of a study, or a number is out of range.
    """
    check_new_study(directory, patients, seed)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{directory.name}-", dir=directory.parent) as scratch:
        draft = Path(scratch) / "study"
        (draft / "fcs").mkdir(parents=True)
        enrolments = [Enrolment(draft, seed, number) for number in range(patients)]
        answers = (executor or Serial()).map(simulate_patient, enrolments, done=done)
        tables: Rows = defaultdict(list)
        tables["fish_controls"] = bench.control_rows(rng=stream(seed, "controls"))
        for rows, _ in answers:
            for name, more in rows.items():
                tables[name] += more
        write_folder(draft, tables, patients=patients, seed=seed)
        probe = bench.PROBE
        assert probe.dispersion is not None
        errors = probe.false_positive, probe.false_negative, probe.dispersion
        truth = Truth(NOTICE, seed, *errors, tuple(patient for _, patient in answers))
        write_truth(draft, truth)
        publish(draft, directory)
    return truth


def check_new_study(directory: Path, patients: int, seed: int) -> None:
    """Raise a `SettingError` where a folder holds anything of a study, or a number is out of range."""
    faults = []
    hint = "name a new folder: a simulation never writes over a study"
    if directory.exists() and not directory.is_dir():
        faults.append(Fault(str(directory), None, "", "a file", "a folder to make", hint))
    elif directory.exists() and (clash := parts_of_a_study(directory)):
        expected = "a folder that holds nothing of a study"
        faults.append(Fault(str(directory), None, "", ", ".join(clash), expected, hint))
    if patients < 1:
        hint = "7 is the number of the seed study"
        faults.append(Fault("simulate", None, "patients", str(patients), "a whole number from 1", hint))
    if not 0 <= seed <= LARGEST_SEED:
        expected = f"a whole number from 0 to {LARGEST_SEED}"
        faults.append(Fault("simulate", None, "seed", str(seed), expected, "any such number will do"))
    if faults:
        raise SettingError(faults)
