"""The lab's bench from what is known of it: control slides or rates, and a re-run of the sort."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.cytogenetics import CutoffMethod, make_cutoff
from remnant.planning.slide import Bench, SlideLaw
from remnant.stats.fractions.overdispersion import fit
from remnant.stats.fractions.proportion import lower_bound
from remnant.study.config import Probe


def bench_from_controls(
    controls: Sequence[tuple[int, int]],
    *,
    false_negative: float | None = None,
    correlation: float | None = None,
    purity: float = 1.0,
    contaminant: float = 0.0,
    method: CutoffMethod = CutoffMethod.BETA_BINOMIAL,
    alpha: float = 0.05,
) -> tuple[Bench, tuple[str, ...]]:
    """Learn false positives, their spread between slides and the cut-off from control slides.

    Parameters
    ----------
    controls : sequence of (int, int)
        Abnormal and scored nuclei of slides of people without the clone; at least one.
    false_negative : float, optional
        Nuclei of the clone that look normal; by default the labelled example of the probe's prior.
    correlation : float, optional
        Of two nuclei of a slide; by default as the controls show it.
    purity, contaminant : float
        Of the sort, and the clone fraction of what contaminates it.
    method, alpha
        Of the cut-off, as in `make_cutoff`.

    Returns
    -------
    bench : Bench
    assumed : tuple of str
        Every number that was not given, with its value.
    """
    cutoff = make_cutoff(controls, method=method, alpha=alpha)
    k, n = zip(*controls, strict=True)
    spread = fit(k, n)
    shared = spread.correlation if correlation is None else correlation
    normal = SlideLaw(cutoff.abnormal / cutoff.scored, shared)
    if cutoff.rate_a is not None and cutoff.rate_b is not None and correlation is None:
        size = cutoff.rate_a + cutoff.rate_b
        normal = SlideLaw(cutoff.rate_a / size, 1 / (size + 1))
    missed, assumed = _missed(false_negative)
    if correlation is None:
        said = f"correlation of nuclei of a slide {shared:.2g}, as the controls show it"
        assumed = (*assumed, said)
    return Bench(normal.mean, missed, shared, purity, contaminant, normal, cutoff, alpha), assumed


def bench_from_rates(
    *,
    false_positive: float | None = None,
    false_negative: float | None = None,
    correlation: float | None = None,
    purity: float = 1.0,
    contaminant: float = 0.0,
    alpha: float = 0.05,
) -> tuple[Bench, tuple[str, ...]]:
    """Take the rates as known, where no control slides are at hand; parameters as `bench_from_controls`."""
    example = Probe().false_positive
    assumed: tuple[str, ...] = ()
    if false_positive is None:
        false_positive = example.errors / (example.errors + example.correct)
        assumed = (f"false positives {100 * false_positive:.3g} %, an example: give your own control slides",)
    missed, more = _missed(false_negative)
    if correlation is None:
        more = (*more, "nuclei of a slide are independent")
    normal = SlideLaw(false_positive, correlation or 0.0)
    bench = Bench(false_positive, missed, normal.correlation, purity, contaminant, normal, None, alpha)
    return bench, (*assumed, *more)


def supported_purity(inside: int, events: int, *, confidence: float) -> tuple[float, str]:
    """Purity that a re-run supports: its exact one-sided lower limit, and how that is said."""
    purity = float(lower_bound(inside, events, confidence=confidence))
    return purity, f"purity {100 * purity:.3g} %, the least that {inside} of {events} re-run cells support"


def _missed(given: float | None) -> tuple[float, tuple[str, ...]]:
    if given is not None:
        return given, ()
    example = Probe().false_negative
    rate = example.errors / (example.errors + example.correct)
    return rate, (f"false negatives {100 * rate:.3g} %, an example: no control slide informs it",)
