"""A study folder without names, with every date of a patient moved by the same days.

Its numbers are the same. The folder is written anew from what a study means; nothing is copied that was not
looked at. Comments, notes and other files stay behind, and so do the keywords of FCS files that do not decide
on a value.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from remnant.cytometry.fcs.bare import write_bare
from remnant.cytometry.signal.spillover_table import read_spillover_csv, write_spillover_csv
from remnant.errors import Fault, StudyError
from remnant.service.privacy.names_in_text import Names, faults_of_dates
from remnant.service.privacy.pseudonym_tables import Tables, free_texts, rewritten
from remnant.service.privacy.pseudonyms import cipher_of, pseudonyms_of, record_pseudonyms
from remnant.service.texts.settings_text import settings_text
from remnant.service.viewer import Viewer, need
from remnant.store import replaced
from remnant.store.files.trees import checkout, tree_files
from remnant.store.house import Store
from remnant.store.studies.studies import StudyRecord
from remnant.study import Study, read_study
from remnant.study.folder import read_folder
from remnant.study.settings import CONFIG_FILE

README = "PSEUDONYMISED.md"
SYNTHETIC = "# SYNTHETIC: simulated by remnant, not measured in any patient.\n"
SAID = """\
# A pseudonymised study

Names of patients, samples, controls and files are replaced by words that mean nothing. Every date of a
patient is moved by the same number of days, so that intervals are as they were; days since the anchor are
unchanged. A year of birth is moved so that the age on day 0 changes by at most half a year, and is left out
above 89 years. FCS files keep the events and what is needed to read them.

Pseudonymised is not anonymous: a rare karyotype, an unusual course, the order of the rows, or the key of the
lab may still lead to a person. Texts that people typed were kept, and somebody has to have read them.

An analysis of this folder finds the same numbers, but for three things: age, as above; the intervals of
gate thresholds, whose bootstrap is drawn anew for each name of a file; and what is drawn in a fit of the
mechanism.
"""


@dataclass(frozen=True)
class Exported:
    """What was written, and what a person should look at before it leaves the house.

    Parameters
    ----------
    patients, files : int
        Patients with a pseudonym, and FCS files.
    key_id : str
        Name of the key.
    texts : tuple of (str, int)
        Columns of free text that were kept, as `patients.csv diagnosis`, with the number of different texts.
    left_out : tuple of str
        Files of the study that were not taken over.
    dropped : tuple of str
        Keywords of FCS files that were not taken over.
    old : int
        Patients whose year of birth was left out, for an age above 89.
    other_keys : tuple of str
        Names of other keys by which this study was written before: there the same patients have other names.
    """

    patients: int
    files: int
    key_id: str
    texts: tuple[tuple[str, int], ...]
    left_out: tuple[str, ...]
    dropped: tuple[str, ...]
    old: int
    other_keys: tuple[str, ...] = ()


def export_pseudonymised(
    store: Store, viewer: Viewer, record: StudyRecord, destination: Path, *, why: str = ""
) -> Exported:
    """Write a study without names.

    Parameters
    ----------
    store, record : Store, StudyRecord
        The study, as it is now.
    viewer : Viewer
        Who asks; an admin.
    destination : Path
        A new folder.
    why : str
        For whom, for the audit trail.

    Raises
    ------
    StudyError
        With every text that holds a name of a patient, sample or control, or a date, which would tell by how
        much all dates of its patient are moved; nothing is written then.
    SettingError
        If the folder is not new.
    """
    need(viewer, "admin")
    root = checkout(store, record.tree)
    study, cipher = read_study(root), cipher_of(store, record)
    made = pseudonyms_of(cipher, study["patients"]["patient_id"].to_list())
    tables = rewritten(read_folder(root), study, cipher, made)
    with replaced(destination) as fresh:
        matrices = _matrices(study)
        names = tables.names
        faults = names.faults_of_cells(tables.kept_texts) + faults_of_dates(tables.kept_texts)
        settings = settings_text(root / CONFIG_FILE, files=tables.files | matrices)
        faults += names.faults_of(settings, CONFIG_FILE, "a text")
        dropped = _write_events(root, fresh, tables, names, faults)
        if faults:
            raise StudyError(faults)
        (fresh / CONFIG_FILE).write_text(settings, encoding="utf-8")
        _write_tables(fresh, tables, synthetic=study.config.study.synthetic)
        for old, new in matrices.items():
            write_spillover_csv(fresh / new, read_spillover_csv(root / old))
        (fresh / README).write_text(SAID, encoding="utf-8")
        read_study(fresh)  # what is handed out can be read
        # Recorded before it is there: nothing is handed out of which the trail says nothing.
        other_keys = record_pseudonyms(store, record, cipher, made, who=viewer.name, why=why)
    taken = {*study.files, *tables.files, *matrices}
    left_out = tuple(path for path in tree_files(store, record.tree) if path not in taken)
    return Exported(
        len(made),
        len(tables.files),
        cipher.key_id,
        free_texts(tables),
        left_out,
        dropped,
        tables.old,
        other_keys,
    )


def _matrices(study: Study) -> dict[str, str]:
    gates = study.config.gates
    named = dict.fromkeys(filter(None, [gates.spillover, *gates.spillovers.values()]))
    return {old: f"spillover-{number}.csv" for number, old in enumerate(named, 1)}


def _write_events(
    root: Path, fresh: Path, tables: Tables, names: Names, faults: list[Fault]
) -> tuple[str, ...]:
    """Copy every FCS file bare; say which channel or instrument is named after someone."""
    dropped: set[str] = set()
    for old, new in tables.files.items():
        path = fresh / new
        path.parent.mkdir(exist_ok=True)
        bare = write_bare(root / old, path, shift_days=tables.shift_of_file[old])
        dropped.update(bare.dropped)
        for key, value in bare.keywords.items():
            faults += names.faults_of(value, old, key)
    return tuple(sorted(dropped))


def _write_tables(fresh: Path, tables: Tables, *, synthetic: bool) -> None:
    for name, (header, rows) in tables.rows.items():
        with (fresh / f"{name}.csv").open("x", encoding="utf-8", newline="") as file:
            if synthetic:
                file.write(SYNTHETIC)
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
