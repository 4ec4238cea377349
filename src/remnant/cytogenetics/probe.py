"""What is known of a probe's errors, from control slides and an editable prior, and its cut-off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remnant.cytogenetics.cutoff import Cutoff, CutoffMethod, make_cutoff
from remnant.stats.fractions.misclassification import Beta
from remnant.stats.fractions.overdispersion import predictive_quantile
from remnant.study.config import Probe

PRIOR_ONLY = "prior of the probe, no control slides"


@dataclass(frozen=True)
class ProbeErrors:
    """What is known of a probe's errors.

    Parameters
    ----------
    fp, fn : Beta
        Normal nuclei that look abnormal; nuclei of the clone that look normal.
    origin : str
        Where that comes from, in words, for the report.
    cutoff : Cutoff or None
        None without control slides.
    alpha : float
        False calls that the cut-off allows.
    """

    fp: Beta
    fn: Beta
    origin: str
    cutoff: Cutoff | None
    alpha: float

    @property
    def cutoff_method(self) -> str:
        """How the cut-off was made, in words."""
        return PRIOR_ONLY if self.cutoff is None else str(self.cutoff.method)

    def count_for(self, nuclei: int) -> int:
        """Fewest abnormal nuclei that are called abnormal.

        Without control slides it is the predictive quantile under the prior of fp: an example, not a
        validation, and the method says so.
        """
        if self.cutoff is not None:
            return self.cutoff.count_for(nuclei)
        return predictive_quantile(nuclei, self.fp.a, self.fp.b, 1 - self.alpha) + 1


def probe_errors(
    controls: Sequence[tuple[int, int]],
    prior: Probe | None = None,
    *,
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
    method, alpha
        Of the cut-off, as in `make_cutoff`.
    """
    known = prior or Probe()
    before = Beta(known.false_positive.errors, known.false_positive.correct)
    fn = Beta(known.false_negative.errors, known.false_negative.correct)
    k, n = sum(k for k, _ in controls), sum(n for _, n in controls)
    label = "the study's prior" if prior is not None else "an example prior, edit it"
    said = f"false positives: {k} of {n} control nuclei and " if controls else "false positives: "
    origin = (
        f"{said}{label} Beta({before.a:g}, {before.b:g}); false negatives: {label} Beta({fn.a:g}, {fn.b:g}); "
        "clone fraction: Jeffreys prior Beta(0.5, 0.5)"
    )
    cutoff = make_cutoff(controls, method=method, alpha=alpha) if controls else None
    return ProbeErrors(before.updated(k, n), fn, origin, cutoff, alpha)
