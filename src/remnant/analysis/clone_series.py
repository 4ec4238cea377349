"""Every series in which a patient's clone can be followed: sorted cells, marrow, blood, reads of a variant.

Each compartment in each material is a series of its own, and so is each variant. A rise in any of them is a
molecular recurrence, so they share the error that a patient's course is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remnant.analysis.compartments import Clones
from remnant.analysis.plan import Plan
from remnant.persistence import Change, CloneReading, Followed, MonitoringLook
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.misclassification import fraction_posterior
from remnant.stats.fractions.proportion import clopper_pearson, upper_bound
from remnant.study.config import Probe
from remnant.study.estimate import Estimate, Source
from remnant.study.study import Study

MATERIALS = ("marrow", "blood")
NUCLEI, READS = "FISH", "reads"
SELECTED = "selected"  # cells with a phenotype whose role is bulk: CD34+ cells of blood or marrow


@dataclass(frozen=True)
class CloneSeries:
    """One series of one patient, and what changed in it.

    Parameters
    ----------
    followed : Followed
        Its looks.
    role : str
        `stem`, `progenitor`, `bulk`, `selected` for cells picked by a marker such as CD34, or `variant`.
    changes : tuple of Change
        Falls and rises since treatment.
    probability : float
        1 less the share of the patient's error that this series has.
    """

    followed: Followed
    role: str
    changes: tuple[Change, ...]
    probability: float

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{self.followed.of} ({self.followed.material}, {self.followed.assay})"

    def risen(self, day: int) -> Change | None:
        """The rise that has come by `day` and that no later fall has undone."""
        known = [item for item in self.changes if item.day <= day]
        return known[-1] if known and known[-1].rise else None


def clone_series(
    study: Study, plan: Plan, clones: Clones, first_doses: Mapping[str, int | None]
) -> dict[str, tuple[CloneSeries, ...]]:
    """Follow the clone of every patient in every series that has a look.

    Parameters
    ----------
    study, plan, clones
        The slides, scored, and the reads.
    first_doses : mapping of str to int or None
        First day of treatment of each patient.
    """
    found = {}
    reads = _reads_by_sample(study)
    for patient in study.patients:
        samples = list(study.samples_of(patient).iter_rows(named=True))
        all_of = [*_slides(patient, samples, plan, clones), *_reads(patient, samples, plan, reads)]
        several = sum(len(followed.readings) > 1 for followed, _ in all_of)
        level = 1 - (1 - plan.analysis.persistence_probability) / max(several, 1)
        found[patient] = tuple(
            CloneSeries(followed, role, followed.changes(first_doses[patient], level), level)
            for followed, role in all_of
        )
    return found


def _slides(
    patient: str, samples: Sequence[Mapping[str, Any]], plan: Plan, clones: Clones
) -> Iterator[tuple[Followed, str]]:
    for name, compartment in plan.compartments.items():
        for material in MATERIALS:
            looks, readings, basis = [], [], ""
            for row in samples:
                if row["material"] != material or (clone := clones.get((row["sample_id"], name))) is None:
                    continue
                own = clone.estimate
                basis = own.prior
                looks.append(
                    MonitoringLook(
                        row["sample_id"], row["day"], own.nuclei_abnormal, own.nuclei_scored, own.fraction
                    )
                )
                if clone.posterior is not None:
                    readings.append(
                        CloneReading(row["day"], clone.posterior, own.above_cutoff, own.fraction.sources)
                    )
            if looks:
                followed = Followed(patient, material, name, NUCLEI, tuple(looks), tuple(readings), basis)
                # Cells picked by a marker, such as CD34+, are neither a stem sort nor the whole specimen.
                picked = compartment.role == "bulk" and compartment.phenotype
                yield followed, SELECTED if picked else compartment.role


def _reads_by_sample(study: Study) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in study["mutations"].iter_rows(named=True):
        rows.setdefault(row["sample_id"], []).append(row)
    return rows


def _reads(
    patient: str,
    samples: Sequence[Mapping[str, Any]],
    plan: Plan,
    reads: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Iterator[tuple[Followed, str]]:
    of: dict[tuple[str, str], list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for sample in samples:
        for row in reads.get(sample["sample_id"], ()):
            name = f"{row['gene']} {row['variant']}" if row["variant"] else str(row["gene"])
            if sample["material"] in MATERIALS:
                of.setdefault((name, sample["material"]), []).append((sample, row))
    for (name, material), rows in of.items():
        correlation = plan.probe.get(rows[0][1]["gene"], Probe()).slide_correlation
        looks, readings = [], []
        for sample, row in rows:
            k, n, source = row["alternate_reads"], row["depth"], Source("mutations.csv", row["line"])
            looks.append(
                MonitoringLook(
                    sample["sample_id"],
                    sample["day"],
                    k,
                    n,
                    _fraction(k, n, source, plan.analysis.confidence),
                )
            )
            posterior = fraction_posterior(Count(k, n, (), correlation), fp=None, fn=None)
            readings.append(CloneReading(sample["day"], posterior, None, (source,)))
        basis = (
            f"reads as counted, no error of the sequencer taken off; libraries vary by a correlation of "
            f"{correlation:g} on average, an example unless the study gives its own"
        )
        followed = Followed(patient, material, name, READS, tuple(looks), tuple(readings), basis)
        yield followed, "variant"


def _fraction(k: int, n: int, source: Source, confidence: float) -> Estimate:
    said, rows = f"{k} of {n} reads", (source,)
    if k == 0:
        bound = float(upper_bound(0, n, confidence=confidence))
        return Estimate.not_detected(
            bound, confidence=confidence, reason=f"{said}, exact bound", sources=rows
        )
    low, high = clopper_pearson(k, n, confidence=confidence)
    how = f"{said}, Clopper-Pearson"
    return Estimate.detected(k / n, float(low), float(high), confidence=confidence, reason=how, sources=rows)


def followed_series(
    series: Sequence[CloneSeries], roles: Sequence[str] = ("progenitor", "bulk", SELECTED)
) -> CloneSeries | None:
    """Pick the series in which a return is looked for: the first role with two looks, then most looks.

    Failed slides count as looks: that a compartment was scored twice says that it was to be followed.
    """
    for role in roles:
        own = [item for item in series if item.role == role and len(item.followed.looks) > 1]
        if own:
            return max(own, key=lambda item: len(item.followed.readings))
    return None
