"""A store with something of everything: two studies analysed or fitted, a third, drafts, jobs and people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from remnant.analysis.findings import Findings
from remnant.analysis.fits import FitManifest, save_fit
from remnant.analysis.results import save
from remnant.inference.fitting.choices import Choices
from remnant.inference.fitting.fitted import Fitted
from remnant.store.access.people import add_person
from remnant.store.files.trees import put_folder, replaced_file
from remnant.store.house import Store, open_store
from remnant.store.queue import jobs
from remnant.store.studies.drafts import put_draft
from remnant.store.studies.results import keep
from remnant.store.studies.studies import create_study
from remnant.web.settings import Settings

ROLES = ("admin", "editor", "viewer")
BUSY = Settings(requests_per_second=1e9, burst=1e9)  # a test asks faster than any person


@dataclass
class Furnished:
    """A store that is closed, a token for each role, and as many copies as are asked for."""

    home: Path
    tokens: dict[str, str]
    copies: int = 0

    def copy(self) -> Store:
        """Return a store of its own with all that is in this one."""
        self.copies += 1
        own = self.home.parent / f"copy-{self.copies}"
        shutil.copytree(self.home, own)
        return open_store(own)


def furnish(home: Path, study_folder: Path, findings: Findings, made: ModuleType) -> Furnished:
    """Make the store."""
    store = open_store(home / "home")
    save(findings, home / "results")
    tree = put_folder(store, study_folder)
    two = create_study(store, who="anna", title="Two", tree=tree, synthetic=True)
    keep(store, who="anna", study=two, revision=1, kind="analysis", folder=home / "results", key="two")
    _fitted(store, home, made)
    create_study(store, who="anna", title="Other", tree=tree, synthetic=True)
    broken = replaced_file(store, tree, "fish.csv", b"sample_id,compartment\nnobody,stem\n")
    put_draft(store, who="anna", study=two.id, base=1, tree=broken, title="")
    put_draft(store, who="anna", study=None, base=None, tree=broken, title="New")
    asked = {"study": two.id, "revision": 1, "kind": "analyse"}
    jobs.submit(store, who="anna", arguments={"seed": 1, "forecast": "no"}, **asked)
    first = jobs.claim(store, "w")
    assert first is not None
    jobs.finish(store, first, "w", {"results": 1, "kind": "analysis"})
    jobs.submit(store, who="anna", arguments={"seed": 2, "forecast": "no"}, **asked)
    tokens = {role: add_person(store, who="local", name=role, role=role) for role in ROLES}
    store.close()
    return Furnished(home / "home", tokens)


def _fitted(store: Store, home: Path, made: ModuleType) -> None:
    study, fit = home / "study", made.made_fit(1, fit=False, scenario="stop now")
    study.mkdir()
    (study / "study.toml").write_text('[study]\ntitle = "By hand"\nsynthetic = true\n')
    (study / "patients.csv").write_text(f"patient_id\n{fit.patients[0]}\nother\n")
    (study / "samples.csv").write_text(f"sample_id,patient_id,day,material\ns1,{fit.patients[0]},0,marrow\n")
    save_fit(
        Fitted(fit, {}),
        made.made_observed(fit),
        FitManifest("0", "3.11", (), (), Choices(), "key"),
        home / "fit",
    )
    record = create_study(store, who="anna", title="By hand", tree=put_folder(store, study), synthetic=True)
    keep(store, who="anna", study=record, revision=1, kind="fit", folder=home / "fit", key="by hand")
