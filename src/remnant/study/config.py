"""study.toml: the clone, its compartments, the panels, and every choice behind an answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Role = Literal["stem", "progenitor", "bulk"]
Criteria = Literal["iwg2006", "iwg2018", "iwg2023"]
CutoffMethod = Literal[
    "beta-binomial", "beta-binomial-ml", "binomial", "pooled-upper-limit", "mean-plus-sd", "betainv"
]
Cd38Rule = Literal["automatic", "fmo", "progenitor", "percentile"]
WhoseThresholds = Literal["own", "baseline"]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StudySection(_Strict):
    """What the study is."""

    title: str = Field("Untitled study", description="Title of the report.")
    anchor: str = Field("first dose", description="What day 0 is, for every patient.")
    synthetic: bool = Field(False, description="True for simulated data: every page then says so.")


class CloneSection(_Strict):
    """The malignant clone and what marks it."""

    name: str = Field("del(5q)", description="How the report calls the clone.")
    marker: str = Field("del(5q)", description="The abnormality in a karyotype.")
    probe: str = Field("EGR1", description="The FISH probe that it loses a copy of.")
    control_probe: str = Field("D5S23", description="The probe kept in both copies.")


class Compartment(_Strict):
    """A sorted population."""

    role: Role = Field(description="stem, progenitor or bulk: what it stands for in the question.")
    phenotype: str = Field("", description='Markers, as in "CD34+ CD38-/low CD90+"; empty for all cells.')


class Maturation(_Strict):
    """The stages of a lineage, counted elsewhere and typed into populations.csv."""

    stages: Annotated[tuple[str, ...], Field(min_length=2)] = Field(
        description="Populations, the least mature first, which do not overlap."
    )

    @field_validator("stages", mode="before")
    @classmethod
    def _from_toml(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("stages")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a stage stands twice; each is counted once")
        return value


class Gates(_Strict):
    """How events become populations."""

    recipe: Literal["automatic"] = Field("automatic", description="The recipe that places the gates.")
    fmo_quantile: Fraction = Field(0.995, description="Share of FMO events below a threshold.")
    cd38_rule: Cd38Rule = Field(
        "automatic",
        description="Where CD38-/low ends; automatic: the FMO tube if there is one, else the percentile.",
    )
    cd38_percentile: Fraction = Field(
        0.10, description="Share of CD34+ events called CD38-/low by the percentile rule."
    )
    minimum_parent_events: int = Field(
        500, ge=1, description="With fewer viable nucleated cells no compartment is evaluable."
    )
    progenitor_widths: Positive = Field(
        2.0, description="Standard deviations below the progenitors' mode at which the progenitor rule cuts."
    )
    cd38_sweep: tuple[Fraction, ...] = Field(
        (0.02, 0.05, 0.10, 0.20),
        description="Shares of CD34+ events called CD38-/low in turn, to see whether a finding holds.",
    )
    minimum_step_events: int = Field(
        50, ge=1, description="CD38-/low events below which a share of CD34+ is not evaluable."
    )
    thresholds: WhoseThresholds = Field(
        "own",
        description="Whose thresholds count a later visit: its own, or those of the patient's first visit.",
    )
    drift_decades: Positive = Field(
        0.2, description="Decades from the first visit beyond which a threshold or a median is flagged."
    )
    cuts: dict[str, float] = Field(
        default_factory=dict,
        description="Your own fixed cuts: marker = value on the compensated scale.",
    )
    spillover: str = Field(
        "",
        description="Your own spillover matrix, a CSV file in the study folder, for stained tubes and their "
        "controls; empty: the matrix in each file.",
    )
    spillovers: dict[str, str] = Field(
        default_factory=dict, description="The same for one panel: panel = file; goes before `spillover`."
    )
    accepted_files: tuple[str, ...] = Field(
        (), description="FCS files to gate although their values look implausible; the report says so."
    )

    @field_validator("cd38_sweep", "accepted_files", mode="before")
    @classmethod
    def _from_toml(cls, value: Any) -> Any:
        # TOML has lists only, and a frozen record holds tuples.
        return tuple(value) if isinstance(value, list) else value

    def spillover_of(self, panel: str) -> str:
        """Name the matrix file of a panel; empty where each tube is compensated by its own."""
        return self.spillovers.get(panel, self.spillover)


class Rare(_Strict):
    """From which count on a rare compartment is detected and quantified, and what absence needs.

    The event limits are a convention, not measurements: a lab puts its own validation here.
    """

    detection_events: int = Field(
        20,
        ge=1,
        description="Events from which a compartment is detected; a convention, replace it by the lab's own.",
    )
    quantitation_events: int = Field(
        50,
        ge=1,
        description="Events from which it is quantified; a convention, replace it by the lab's own.",
    )
    minimum_parent_events: int = Field(
        500_000, ge=0, description="Viable nucleated cells below which nothing is called absent (ELN 2021)."
    )
    minimum_compartment_events: int = Field(
        100, ge=0, description="CD34+ cells below which nothing among them is called absent (ELN 2021)."
    )
    count_variance: Annotated[float, Field(ge=1, le=100)] = Field(
        1.0,
        description="Variance of a count between tubes of one specimen over that of a Poisson, from "
        "replicate tubes; 1: no more.",
    )

    @model_validator(mode="after")
    def _quantified_is_detected(self) -> Rare:
        if self.quantitation_events < self.detection_events:
            least = f"at least detection_events, {self.detection_events}"
            raise ValueError(f"quantitation_events {least}: what is quantified is detected")
        return self


class BetaPrior(_Strict):
    """A Beta distribution for an error rate of a probe, by its pseudo-counts."""

    errors: Positive = Field(description="Pseudo-count of errors.")
    correct: Positive = Field(description="Pseudo-count of nuclei read correctly.")


class Probe(_Strict):
    """What is believed of a probe's errors before the control slides are seen.

    Editable examples, not measurements: a lab puts its own validation here.
    """

    false_positive: BetaPrior = Field(
        BetaPrior(errors=1, correct=99),
        description="Normal nuclei scored abnormal; updated by control slides.",
    )
    false_negative: BetaPrior = Field(
        BetaPrior(errors=2, correct=98),
        description="Nuclei of the clone scored normal; updated by controls of kind clone.",
    )
    slide_correlation: Annotated[float, Field(ge=0, lt=0.5)] = Field(
        0.005,
        description="Prior mean of the correlation of two nuclei of a slide; 0: independent.",
    )


class Analysis(_Strict):
    """Choices behind every answer. Where the work runs is not one of them: it cannot change an answer."""

    criteria: Criteria = Field("iwg2006", description="Published response criteria.")
    confidence: Annotated[float, Field(ge=0.5, lt=1)] = Field(0.95, description="Coverage of every interval.")
    cutoff: CutoffMethod = Field("beta-binomial", description="How control slides become a FISH cut-off.")
    cutoff_alpha: Annotated[float, Field(gt=0, le=0.2)] = Field(
        0.05, description="False calls that the cut-off allows, at the patient's own number of nuclei."
    )
    persistence_probability: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        0.95, description="Posterior probability above which stem cells are called selectively spared."
    )
    seed: int = Field(20100909, ge=0, description="Keys every stream of chance.")


class MechanismSection(_Strict):
    """What a fit and its forecast rest on."""

    preset: str = Field(
        "del5q-lenalidomide",
        description="Disease and drugs whose priors a fit starts from: del5q-lenalidomide, cml-imatinib or "
        "mpn-interferon.",
    )
    drug_names: dict[str, str] = Field(
        default_factory=dict,
        description="Names of your therapy table that stand for a drug of the preset: yours = preset's.",
    )
    resistance_gene: str = Field(
        "", description="Gene in mutations whose reads mark the resistant clone; empty: none is used."
    )
    transcript: str = Field(
        "",
        description="Biomarker that is the clone's transcript in per cent of control; empty: none is used.",
    )


DEFAULT_COMPARTMENTS = {
    "stem": Compartment(role="stem", phenotype="CD34+ CD38-/low CD90+"),
    "progenitor": Compartment(role="progenitor", phenotype="CD34+ CD38+"),
    "bulk": Compartment(role="bulk", phenotype=""),
}


class StudyConfig(_Strict):
    """The whole of study.toml; every section may be left out."""

    study: StudySection = StudySection()
    clone: CloneSection = CloneSection()
    compartments: dict[str, Compartment] = Field(default_factory=lambda: dict(DEFAULT_COMPARTMENTS))
    panel: dict[str, dict[str, str]] = Field(default_factory=dict)
    maturation: dict[str, Maturation] = Field(default_factory=dict)
    gates: Gates = Gates()
    rare: Rare = Rare()
    probe: dict[str, Probe] = Field(default_factory=dict)
    mechanism: MechanismSection = MechanismSection()
    analysis: Analysis = Analysis()

    @field_validator("compartments")
    @classmethod
    def _one_of_each(cls, value: dict[str, Compartment]) -> dict[str, Compartment]:
        roles = [compartment.role for compartment in value.values()]
        for role in ("stem", "progenitor"):
            if roles.count(role) > 1:
                raise ValueError(f"two compartments have the role {role}; the comparison needs one of each")
        return value

    @model_validator(mode="after")
    def _stages_are_no_compartments(self) -> StudyConfig:
        names = [stage for item in self.maturation.values() for stage in item.stages]
        if both := sorted(set(names) & set(self.compartments)):
            raise ValueError(f"{', '.join(both)}: the name of a compartment and of a stage of maturation")
        if len(set(names)) < len(names):
            raise ValueError("a stage of maturation belongs to two lineages")
        return self

    def with_role(self, role: Role) -> str | None:
        """Name the compartment that has a role, if the study has one."""
        return next((name for name, item in self.compartments.items() if item.role == role), None)

    def probe_errors(self, probe: str) -> Probe:
        """Return the prior of a probe's errors: the study's own, else the labelled example."""
        return self.probe.get(probe, Probe())
