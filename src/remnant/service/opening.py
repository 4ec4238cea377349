"""A folder named on the command line becomes a place in the app: kept at its first use, then found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remnant.analysis.fits import FitManifest
from remnant.analysis.results import Manifest
from remnant.cytogenetics.whole_study import read_whole_study
from remnant.errors import Fault, ResultsError, SettingError, StudyError
from remnant.service.found import slices
from remnant.service.found.findings import standing
from remnant.service.studies import bring_in_folder
from remnant.service.viewer import Viewer, need
from remnant.store import MANIFEST, digest, from_json, read_manifest
from remnant.store.files.trees import put_folder, tree_files
from remnant.store.house import Store
from remnant.store.studies.drafts import drafts, put_draft
from remnant.store.studies.results import ResultKind, keep
from remnant.store.studies.studies import StudyRecord, all_studies, revisions
from remnant.study.settings import CONFIG_FILE

KINDS: dict[str, tuple[ResultKind, type[Manifest] | type[FitManifest]]] = {
    "findings.json": ("analysis", Manifest),
    "fit.json": ("fit", FitManifest),
}


@dataclass(frozen=True)
class Opened:
    """Where a folder is in the app.

    Parameters
    ----------
    address : str
        Path of the page to open.
    said : str
        What was done, in a line.
    """

    address: str
    said: str


def open_path(store: Store, viewer: Viewer, path: Path) -> Opened:
    """Open a study folder or a results folder in the app.

    Parameters
    ----------
    store : Store
        Where it is kept.
    viewer : Viewer
        Who opens it.
    path : Path
        The folder; it is copied and never written to.

    Raises
    ------
    SettingError
        If it is neither.
    ResultsError
        If it holds results of a study that is neither here nor in a folder beside them.
    """
    need(viewer, "editor")
    if (path / MANIFEST).is_file():
        return _open_results(store, viewer, path)
    if (path / CONFIG_FILE).is_file():
        return _open_study(store, viewer, path)
    found = "a folder without study.toml or manifest.json" if path.is_dir() else "no such folder"
    inside = (path / "study" / CONFIG_FILE).is_file()
    hint = f"did you mean {path / 'study'}?" if inside else "remnant new DIR makes a template"
    raise SettingError([Fault(str(path), None, "", found, "a study folder or a results folder", hint)])


def _open_study(store: Store, viewer: Viewer, path: Path) -> Opened:
    tree = put_folder(store, path)
    for record, known in _trees(store):
        if known == tree:
            newer = " It has been changed here since." if record.tree != tree else ""
            return Opened(f"/s/{record.slug}", f"{record.title}: kept before, as {record.slug}.{newer}")
    try:
        read_whole_study(path)
    except StudyError as error:
        return _as_draft(store, viewer, path, tree, len(error.faults))
    record = bring_in_folder(store, viewer, path, "remnant serve")
    return Opened(f"/s/{record.slug}", f"{record.title}: kept as {record.slug}.")


def _as_draft(store: Store, viewer: Viewer, path: Path, tree: str, faults: int) -> Opened:
    """Show a study that is not sound yet where its faults can be seen at their cells, and mended."""
    there = next((draft for draft in drafts(store) if draft.tree == tree), None)
    draft = there or put_draft(store, who=viewer.name, title=path.resolve().name, tree=tree)
    many = "one thing" if faults == 1 else f"{faults:,} things"
    return Opened(f"/drafts/{draft.id}", f"{path}: {many} to mend before it is a study.")


def _open_results(store: Store, viewer: Viewer, path: Path) -> Opened:
    kind, manifest = _read(path)
    inputs = dict(manifest.origin.inputs if isinstance(manifest, Manifest) else manifest.inputs)
    record, number, said = _revision_of(store, inputs) or _brought_in(store, viewer, path, inputs)
    key = f"brought {digest(path / MANIFEST)}"
    keep(store, who=viewer.name, study=record, revision=number, kind=kind, folder=path, key=key)
    if (at := standing(store, record)).analysis is not None:
        slices.cut_here(store, at)  # so that the first page is there when a browser opens it
    return Opened(f"/s/{record.slug}", f"{kind} of {record.title}, revision {number}: kept {said}.")


def _revision_of(store: Store, inputs: Mapping[str, str]) -> tuple[StudyRecord, int, str] | None:
    """Find the revision, of any study here, that has the very files."""
    for record, number, tree in _revisions(store):
        if inputs.items() <= tree_files(store, tree).items():
            return record, number, "beside it"
    return None


def _brought_in(
    store: Store, viewer: Viewer, path: Path, inputs: Mapping[str, str]
) -> tuple[StudyRecord, int, str]:
    """Keep the study too, where its folder lies beside the results: their digests say that it is that one."""
    above = path.resolve().parent
    near = [above, *sorted(folder for folder in above.iterdir() if (folder / CONFIG_FILE).is_file())]
    for folder in near:
        if _holds(folder, inputs):
            record = bring_in_folder(store, viewer, folder, f"with the results in {path.name}")
            return record, record.head, f"with the study, which lies in {folder.name}"
    found = "results of files that are neither here nor in a folder beside them"
    hint = "serve the study folder first, as it was when they were made; remnant report shows results alone"
    raise ResultsError([Fault(str(path), None, MANIFEST, found, "results of a study", hint)])


def _holds(folder: Path, inputs: Mapping[str, str]) -> bool:
    """Say whether a folder has the very files; the small ones first, so that another study costs nothing."""
    files = sorted(inputs, key=lambda name: (not name.endswith((".toml", ".csv")), name))
    root = folder.resolve()
    return bool(files) and all(
        (place := (root / name).resolve()).is_relative_to(root)
        and place.is_file()
        and digest(place) == inputs[name]
        for name in files
    )


def _read(path: Path) -> tuple[ResultKind, Manifest | FitManifest]:
    for name, (kind, record) in KINDS.items():
        if (path / name).is_file():
            source = f"{path.name}/{MANIFEST}"
            return kind, from_json(record, read_manifest(path), source=source)
    expected, hint = " or ".join(KINDS), "remnant analyse STUDY --out RESULTS makes one"
    raise ResultsError([Fault(str(path), None, "", "a manifest, and no results", expected, hint)])


def _revisions(store: Store) -> Iterator[tuple[StudyRecord, int, str]]:
    """Yield every revision of every study, the newest first."""
    for record in all_studies(store):
        for revision in sorted(revisions(store, record), key=lambda revision: -revision.number):
            yield record, revision.number, revision.tree


def _trees(store: Store) -> Iterator[tuple[StudyRecord, str]]:
    for record, _, tree in _revisions(store):
        yield record, tree
