"""What is known of a probe's errors, from control slides and an editable prior, and its cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.fish.cutoff import Cutoff, CutoffMethod, Slide, make_cutoff
from remnant.stats.fractions.error_rates import Beta, Rate
from remnant.stats.fractions.next_slide import binomial_quantile, predictive_quantile
from remnant.stats.fractions.predictive import believed_rates
from remnant.study.config import BetaPrior, Probe

PRIOR_ONLY = "prior of the probe, no control slides"
GIVEN_RATE = "given false-positive rate, no control slides"
COUNTED_RATE = "counted false-positive rate, spread of slides from the prior"
Known = float | Slide | None  # a rate taken as exact, errors of nuclei counted, or nothing


@dataclass(frozen=True)
class ProbeErrors:
    """What is known of a probe's errors.

    Parameters
    ----------
    fp, fn : Beta, float or None
        Normal nuclei that look abnormal; nuclei of the clone that look normal. A number is taken as exact.
    origin : str
        Where that comes from, in words, for the report.
    cutoff : Cutoff or None
        None without control slides.
    alpha : float
        False calls that the cut-off allows.
    slide_correlation : float, default 0
        Prior mean of the correlation of two nuclei of a slide.
    counted : bool, default False
        Whether the false-positive rate was given as counts.
    """

    fp: Rate
    fn: Rate
    origin: str
    cutoff: Cutoff | None
    alpha: float
    slide_correlation: float = 0.0
    counted: bool = False

    @property
    def cutoff_method(self) -> str:
        """How the cut-off was made, in words."""
        if self.cutoff is not None:
            return str(self.cutoff.method)
        return COUNTED_RATE if self.counted else PRIOR_ONLY if isinstance(self.fp, Beta) else GIVEN_RATE

    def count_for(self, nuclei: int) -> int:
        """Fewest abnormal nuclei that are called abnormal.

        Without control slides it is the predictive quantile under what is known of fp, with slides that vary
        as the prior says: where that too is only a prior it is an example, not a validation, and the method
        says so.
        """
        if self.cutoff is not None:
            return self.cutoff.count_for(nuclei)
        if self.slide_correlation > 0:
            believed = believed_rates(self.fp, self.slide_correlation)
            return believed.quantile(nuclei, 1 - self.alpha) + 1
        if not isinstance(self.fp, Beta):
            return binomial_quantile(nuclei, self.fp or 0.0, 1 - self.alpha) + 1
        return predictive_quantile(nuclei, self.fp.a, self.fp.b, 1 - self.alpha) + 1


def probe_errors(
    controls: Sequence[Slide],
    prior: Probe | None = None,
    *,
    clones: Sequence[Slide] = (),
    false_positive: Known = None,
    false_negative: Known = None,
    method: CutoffMethod = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
) -> ProbeErrors:
    """Learn a probe's errors from its control slides.

    Parameters
    ----------
    controls : sequence of (int, int)
        Abnormal and scored nuclei of each control slide; may be empty.
    prior : Probe, optional
        Pseudo-counts before the slides were seen; by default the labelled, editable example.
    clones : sequence of (int, int)
        Abnormal and scored nuclei of each slide of cells that all carry the clone: what looks normal there
        is a false negative.
    false_positive, false_negative : float or (int, int), optional
        Rates taken as exact, in place of the prior and the slides; or errors among nuclei of known kind, in
        place of the slides: a validated rate, which does not say how slides vary.
    method, alpha
        Of the cut-off, as in `make_cutoff`.
    """
    known = prior or Probe()
    missed = [(n - k, n) for k, n in clones]
    fp, fp_said = _learn("false_positive", known, controls, "control nuclei", false_positive)
    fn, fn_said = _learn("false_negative", known, missed, "nuclei of clonal controls", false_negative)
    rho = known.slide_correlation
    spread = f"two nuclei of a slide correlated by {rho:g} on average" if rho else "independent nuclei"
    origin = (
        f"false positives: {fp_said}; false negatives: {fn_said}; "
        f"{spread} ({_label('slide_correlation', known)}); clone fraction: Jeffreys prior Beta(0.5, 0.5)"
    )
    cutoff = (
        make_cutoff(controls, method=method, alpha=alpha) if controls and false_positive is None else None
    )
    return ProbeErrors(fp, fn, origin, cutoff, alpha, rho, isinstance(false_positive, tuple))


def _learn(name: str, known: Probe, slides: Sequence[Slide], of: str, given: Known) -> tuple[Rate, str]:
    """What is known of one rate, and where it comes from."""
    if given is not None and not isinstance(given, tuple):
        return given, f"{given:g}, as given"
    slides = slides if given is None else [given]
    before: BetaPrior = getattr(known, name)
    k, n = sum(k for k, _ in slides), sum(n for _, n in slides)
    counted = f"{k} of {n} {of} and " if slides else ""
    said = f"{counted}{_label(name, known)} Beta({before.errors:g}, {before.correct:g})"
    return Beta(before.errors, before.correct).updated(k, n), said


def _label(name: str, known: Probe) -> str:
    """Whose belief it is: a value that nobody edited is the example."""
    own = getattr(known, name) != getattr(Probe(), name)
    return "the study's prior" if own else "an example prior, edit it"
