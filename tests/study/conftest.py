"""Small study folders, sound unless a test breaks them."""

from __future__ import annotations

from pathlib import Path

import pytest

from remnant.errors import Fault, StudyError
from remnant.study import read_study

SOUND = {
    "study.toml": '[study]\ntitle = "Small"\n\n[panel.hspc]\nCD34 = "APC-A"\nCD38 = "PE-A"\n',
    "patients.csv": "patient_id,birth_year,anchor_date,last_contact_day\nP1,1950,2020-01-15,400\nP2,,,\n",
    "samples.csv": "sample_id,patient_id,day,material\nP1-d0,P1,0,marrow\nP1-d90,P1,90,marrow\n",
}


class Folder:
    """Writes a study folder and says what is wrong with it."""

    def __init__(self, root: Path):
        self.root = root
        root.mkdir()
        self.write(SOUND)

    def write(self, files: dict[str, str | bytes]) -> Folder:
        for name, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            (self.root / name).write_bytes(data)
        return self

    def faults(self, **tables: str) -> tuple[Fault, ...]:
        """Write some tables, read the study, and return its faults; a sound study fails the test."""
        self.write({f"{name}.csv": text for name, text in tables.items()})
        with pytest.raises(StudyError) as caught:
            read_study(self.root)
        return caught.value.faults

    def fault(self, **tables: str) -> Fault:
        """Return the one fault that there is."""
        faults = self.faults(**tables)
        assert len(faults) == 1, [str(fault) for fault in faults]
        return faults[0]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "study")
