import hashlib
from pathlib import Path

import polars as pl
import pytest

from remnant.cytometry import read_fcs
from remnant.errors import SettingError, StudyError
from remnant.observation import read_truth, simulate_study
from remnant.observation.bench import LTC_IC, PROBE
from remnant.observation.patient import ACCIDENTS
from remnant.scale import executor
from remnant.study import TABLES, read_study

SEED = 7


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    directory = tmp_path_factory.mktemp("synthetic") / "study"
    calls = []
    truth = simulate_study(directory, patients=3, seed=SEED, done=lambda: calls.append(1))
    assert len(calls) == 3
    return directory, truth


def _digest(directory: Path) -> dict[str, str]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {str(p.relative_to(directory)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_study_passes_its_own_check(made):
    study = read_study(made[0])
    assert study.config.study.synthetic
    assert study.patients == ("P1", "P2", "P3")
    assert [name for name in TABLES if not study.has(name)] == ["gate_reviews"], "nobody has moved a gate"


def test_everything_says_that_it_is_synthetic(made):
    directory, truth = made
    assert "SYNTHETIC" in truth.notice
    texts = [*directory.glob("*.csv"), directory / "study.toml", directory / "README.md"]
    texts += [directory / "truth" / "truth.json", directory / "truth" / "truth.csv"]
    for path in texts:
        assert "synthetic" in path.read_text(encoding="utf-8")[:400].lower(), path.name
    for path in directory.glob("fcs/*.fcs"):
        assert "SYNTHETIC" in read_fcs(path).keywords["$COM"]


def test_the_truth_reads_back_from_file_folder_and_study(made):
    directory, truth = made
    for path in (directory, directory / "truth", directory / "truth" / "truth.json"):
        assert read_truth(path) == truth


def test_the_truth_names_the_samples_of_the_study(made):
    directory, truth = made
    known = {visit.sample_id for patient in truth.patients for visit in patient.visits}
    assert set(read_study(directory)["samples"]["sample_id"]) <= known
    patient = truth.patient("P2")
    assert patient.parameter("ltc_ic_clone") == LTC_IC["clone"]
    assert patient.visits[0].compartment("stem").clone_fraction > 0.95


def test_a_patient_is_the_same_whoever_else_is_simulated_and_whoever_does_the_work(made, tmp_path):
    """Streams are keyed by patient, assay and visit, never by worker or number of patients."""
    directory, truth = made
    simulate_study(tmp_path / "two", patients=2, seed=SEED, executor=executor("processes"))
    both = _digest(tmp_path / "two")
    whole = _digest(directory)
    tubes = [name for name in both if name.startswith("fcs/")]
    assert tubes
    assert all(both[name] == whole[name] for name in tubes)
    assert read_truth(tmp_path / "two").patients == truth.patients[:2]
    for name in ("blood_counts", "fish", "karyotypes", "dilution_plates"):
        lines = (tmp_path / "two" / f"{name}.csv").read_text().splitlines()
        assert set(lines) <= set((directory / f"{name}.csv").read_text().splitlines())


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(made, tmp_path):
    for name in ("a", "b"):
        simulate_study(tmp_path / name, patients=1, seed=3)
    once, again = _digest(tmp_path / "a"), _digest(tmp_path / "b")
    assert once == again
    other = _digest(made[0])
    assert all(other[name] != digest for name, digest in once.items() if name in other)


def test_some_samples_are_missing_and_some_assays_failed(made):
    study = read_study(made[0])
    failed = study["fish"].filter(pl.col("nuclei_scored") == 0)
    assert failed["compartment"].to_list() == ["stem"]
    stained = set(study["events"].filter(pl.col("tube") == "stained")["sample_id"])
    assert len(set(study["samples"]["sample_id"]) - stained) == 1
    assert any(accident.no_sample is not None for accident in ACCIDENTS)


def test_control_slides_are_free_of_the_clone(made):
    controls = read_study(made[0])["fish_controls"]
    assert controls.height == 20
    pooled = controls["nuclei_abnormal"].sum() / controls["nuclei_scored"].sum()
    spread = (PROBE.false_positive / 20 * (1 / 200 + 1 / PROBE.dispersion)) ** 0.5
    assert abs(pooled - PROBE.false_positive) < 4 * spread


def test_slides_of_stem_cells_are_smaller_than_those_of_progenitors(made):
    fish = read_study(made[0])["fish"].filter(pl.col("nuclei_scored") > 0)
    nuclei = {name: rows["nuclei_scored"] for (name,), rows in fish.group_by("compartment")}
    assert nuclei["stem"].min() >= 10
    assert nuclei["stem"].max() <= 200
    assert nuclei["stem"].mean() < nuclei["progenitor"].mean()
    assert set(nuclei["bulk"]) == {200}


def test_patients_depend_on_red_cells_before_treatment_and_not_in_remission(made):
    directory, truth = made
    units = read_study(directory)["transfusions"]
    for patient in truth.patients:
        mine = units.filter(pl.col("patient_id") == patient.patient_id)
        before = mine.filter(pl.col("day").is_between(-56, -1))["units"].sum()
        assert before >= 4
        assert mine.filter(pl.col("day").is_between(120, 400)).is_empty()


def test_blood_is_counted_at_least_every_four_weeks(made):
    counts = read_study(made[0])["blood_counts"]
    for _, rows in counts.group_by("patient_id"):
        assert rows["day"].sort().diff().max() <= 28
        assert rows["day"].min() <= -111


def test_a_study_is_never_written_over(made, tmp_path):
    before = _digest(made[0])
    with pytest.raises(SettingError, match="new folder"):
        simulate_study(made[0], patients=1, seed=1)
    assert _digest(made[0]) == before
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingError):
        simulate_study(tmp_path / "file", patients=0, seed=-1)


def test_a_folder_that_holds_nothing_of_a_study_is_used(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    simulate_study(tmp_path, patients=1, seed=5)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert read_study(tmp_path).patients == ("P1",)


def test_nothing_partial_is_left_when_the_work_is_interrupted(tmp_path):
    class Interrupted:
        def map(self, *work, **_):
            (work[1][0].directory / "fcs" / "half.fcs").write_bytes(b"FCS3.1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_study(tmp_path / "study", patients=1, seed=5, executor=Interrupted())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_a_folder_without_a_truth_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "truth.json").write_text(content)
    with pytest.raises(StudyError, match="synthetic"):
        read_truth(tmp_path)
