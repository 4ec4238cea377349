"""Everything an analysis found; the command line, the report and the exports show nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.analysis.diagnosis import Diagnosis
from remnant.analysis.evidence import TubeEvidence
from remnant.analysis.fit_observed import Observed
from remnant.analysis.haematopoiesis import NOTHING_MADE, Haematopoiesis
from remnant.analysis.karyotype_courses import KaryotypeCourse
from remnant.analysis.karyotypes import KaryotypeResult
from remnant.analysis.origin import Origin
from remnant.analysis.plan import Plan
from remnant.analysis.reviews import AutomaticGates, CutReview
from remnant.analysis.timeline import Timeline
from remnant.culture import ColonyYield, Frequency
from remnant.culture.recovery import CultureChange, PooledCulture
from remnant.cytogenetics import CloneFraction
from remnant.cytometry import Drift, GatedTube
from remnant.cytometry.cycle import TubeCycle
from remnant.inference.records import Fit
from remnant.persistence.association import Association
from remnant.persistence.burden import Burden
from remnant.persistence.course import Course
from remnant.persistence.event_times import EventInterval
from remnant.persistence.fall import BurdenFall
from remnant.persistence.incidence import ReturnIncidence
from remnant.persistence.interval_time import IntervalTimeToEvent
from remnant.persistence.joint import JointPersistence
from remnant.persistence.joint_pool import PooledPersistence
from remnant.persistence.lead import LeadTime, PooledLead
from remnant.persistence.levels import CloneCourse
from remnant.persistence.monitoring import MonitoringSeries
from remnant.persistence.relapse import Relapse, TimeToEvent
from remnant.persistence.resistance import Resistance
from remnant.persistence.selective import SelectivePersistence
from remnant.persistence.statements import Statement
from remnant.response import Discordance, FishResponse, Responses, Transformation
from remnant.study.estimate import Estimate

COUNTED = "cell_cycle.csv"


@dataclass(frozen=True)
class TubeAnswer:
    """What the events of one stained tube say by themselves.

    Parameters
    ----------
    tube : GatedTube
        Its counts.
    evidence : TubeEvidence or None
        What the counts can carry.
    cycle : TubeCycle or None
        Its cell cycle, where DNA and Ki-67 were stained.
    automatic : AutomaticGates or None
        What the recipe alone says, where a person placed cuts.
    """

    tube: GatedTube
    evidence: TubeEvidence | None = None
    cycle: TubeCycle | None = None
    automatic: AutomaticGates | None = None


@dataclass(frozen=True)
class TubeResult:
    """One stained tube and what its gates counted.

    Parameters
    ----------
    sample_id, file : str
        The sample, and the file in the study folder.
    tube : GatedTube
        The gates, the counts, and what a reader should know of them.
    controls : tuple of str
        Marker and file of each control used, with a note where it is from another visit.
    answer : str
        Hash of everything that the counts depend on: the bytes of the files, the choices, the version.
    drift : tuple of Drift
        How far thresholds and reference populations lie from those of the patient's first visit.
    evidence : TubeEvidence or None
        Verdicts, quality of the acquisition and cells per µL; None in results that were made before them.
    cycle : TubeCycle or None
        Phases of each compartment; None where the panel names no DNA dye and Ki-67 or pyronin Y.
    automatic : AutomaticGates or None
        What the recipe alone says, where a person placed cuts.
    reviews : tuple of CutReview
        The cuts that a person placed, with who, when and why.
    """

    sample_id: str
    file: str
    tube: GatedTube
    controls: tuple[str, ...]
    answer: str
    drift: tuple[Drift, ...] = ()
    evidence: TubeEvidence | None = None
    cycle: TubeCycle | None = None
    automatic: AutomaticGates | None = None
    reviews: tuple[CutReview, ...] = ()


@dataclass(frozen=True)
class PhaseReading:
    """Which cells of a compartment rest at a visit, and which divide: clonal and normal cells alike.

    Parameters
    ----------
    patient_id, sample_id : str
    day : int
    compartment, role : str
        As study.toml has them.
    origin : str
        The table or the FCS file that it rests on; empty where nothing was done.
    method : str
        How the phases were told.
    cells : int or None
        Cells that the fractions are of.
    g0, g1, s_g2m : Estimate
        Fractions of these cells.
    remarks : tuple of str
        What a reader must know of the cut.
    """

    patient_id: str
    sample_id: str
    day: int
    compartment: str
    role: str
    origin: str
    method: str
    cells: int | None
    g0: Estimate
    g1: Estimate
    s_g2m: Estimate
    remarks: tuple[str, ...] = ()

    @property
    def from_table(self) -> bool:
        """Whether it was counted elsewhere, and not measured from events."""
        return self.origin == COUNTED


@dataclass(frozen=True)
class Findings:
    """Which patients in remission still carry malignant stem cells, and for how long.

    Parameters
    ----------
    plan : Plan
        Every choice behind the answers, and what the study says of itself.
    timelines : tuple of Timeline
        Each patient as measured.
    tubes, karyotypes, clones, frequencies, colonies, responses
        What each assay says, sample by sample.
    burdens, selective, pooled, courses, relapses, time_to_event, statements
        What they say together.
    notes : tuple of str
        What a reader must know: assays that failed, choices that were forced.
    origin : Origin
        What it was made from.
    phases : tuple of PhaseReading
        Quiescence: G0, G1 and S/G2/M of every compartment at every visit, from each origin.
    falls : tuple of BurdenFall
        How far the clone fell in stem cells and progenitors of each patient, from untreated to remission.
    incidence : tuple of ReturnIncidence
        Each kind of return against death without it.
    associations : tuple of Association
        Markers before treatment against response and duration of remission.
    joint : JointPersistence or None
        The joint model, of which `pooled` is a part; None where no nucleus was scored.
    cultures : tuple of CultureChange
        Stem cells that work, from untreated to remission: each patient, compartment and assay.
    cultures_pooled : tuple of PooledCulture
        The same over patients.
    haematopoiesis : Haematopoiesis
        What the marrow makes under treatment: blood, colonies by lineage, maturation by stage.
    fish_responses : tuple of FishResponse
        Response by FISH of unsorted cells, apart from that by metaphases.
    discordances : tuple of Discordance
        How FISH and karyotype of one sample agree, and how surprising it is where they do not.
    evolutions : tuple of KaryotypeCourse
        Clonal evolution of each patient with a karyotype, and the clones over the visits.
    diagnoses : tuple of Diagnosis
        Risk scores and names of each patient's disease, by the last values before the first dose.
    beside : tuple of Responses
        What the other published criteria say, beside those of the plan.
    transformations : tuple of Transformation
        Acute leukaemia by each definition, for each patient.
    event_intervals : tuple of EventInterval
        When each event of each patient came, between the last look without it and the first with it.
    interval_times : tuple of IntervalTimeToEvent
        Freedom from each event by what the visits leave open; `time_to_event` dates it at the visit.
    lead_times, pooled_leads : tuple of LeadTime, tuple of PooledLead
        How long before the clinic and the karyotype the clone showed the return.
    monitoring : tuple of MonitoringSeries
        CD34+ cells, all cells and variants over time, marrow and blood apart.
    resistances : tuple of Resistance
        Whether the clone grew under the full dose.
    clone_courses : tuple of CloneCourse
        The clone in sorted stem cells and progenitors: looks, levels and doses.
    fit : Fit or None
        The fit of the mechanism and its forecasts; None where none was asked for.
    observed : Observed or None
        What the curves of the fit are drawn over.
    """

    plan: Plan
    timelines: tuple[Timeline, ...]
    tubes: tuple[TubeResult, ...]
    karyotypes: tuple[KaryotypeResult, ...]
    clones: tuple[CloneFraction, ...]
    frequencies: tuple[Frequency, ...]
    colonies: tuple[ColonyYield, ...]
    responses: Responses
    burdens: tuple[Burden, ...]
    selective: tuple[SelectivePersistence, ...]
    pooled: tuple[PooledPersistence, ...]
    courses: tuple[Course, ...]
    relapses: tuple[Relapse, ...]
    time_to_event: tuple[TimeToEvent, ...]
    statements: tuple[Statement, ...]
    notes: tuple[str, ...]
    origin: Origin
    phases: tuple[PhaseReading, ...] = ()
    falls: tuple[BurdenFall, ...] = ()
    incidence: tuple[ReturnIncidence, ...] = ()
    associations: tuple[Association, ...] = ()
    joint: JointPersistence | None = None
    cultures: tuple[CultureChange, ...] = ()
    cultures_pooled: tuple[PooledCulture, ...] = ()
    haematopoiesis: Haematopoiesis = NOTHING_MADE
    fish_responses: tuple[FishResponse, ...] = ()
    discordances: tuple[Discordance, ...] = ()
    evolutions: tuple[KaryotypeCourse, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    beside: tuple[Responses, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    event_intervals: tuple[EventInterval, ...] = ()
    interval_times: tuple[IntervalTimeToEvent, ...] = ()
    lead_times: tuple[LeadTime, ...] = ()
    pooled_leads: tuple[PooledLead, ...] = ()
    monitoring: tuple[MonitoringSeries, ...] = ()
    resistances: tuple[Resistance, ...] = ()
    clone_courses: tuple[CloneCourse, ...] = ()
    fit: Fit | None = None
    observed: Observed | None = None
