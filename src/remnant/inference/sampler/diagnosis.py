"""Whether chains can be believed, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.inference.records import Diagnostics, Setting
from remnant.inference.sampler import convergence
from remnant.inference.sampler.chains import Chains

AGREED = 1.01  # R-hat: Vehtari et al. 2021, section 5
EFFECTIVE = 400  # draws, bulk and tail: the same
DIVERGENT = 0.001  # share of transitions
ENERGY = 0.3  # E-BFMI: Betancourt 2016
NAMED = 3  # numbers that a reason names


@dataclass(frozen=True)
class Guards:
    """What chains must hold to.

    Parameters
    ----------
    r_hat : float
        Above every R-hat.
    effective : float
        Beneath every effective sample size, bulk and tail.
    divergent : float
        Greatest share of divergent transitions.
    energy : float
        Beneath the E-BFMI of every chain.
    """

    r_hat: float = AGREED
    effective: float = EFFECTIVE
    divergent: float = DIVERGENT
    energy: float = ENERGY


@dataclass(frozen=True)
class Convergence:
    """What is known of chains, as a whole and for each number.

    Parameters
    ----------
    diagnostics : Diagnostics
        The worst, and what does not hold.
    names : tuple of str
        Of the numbers.
    r_hat, ess_bulk, ess_tail : ndarray, shape (d,)
        Of each; R-hat is infinite where chains stand still apart, and NaN where all stand still together.
    """

    diagnostics: Diagnostics
    names: tuple[str, ...]
    r_hat: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray


def diagnose(
    chains: Chains, names: Sequence[str], *, setting: Setting = "full", guards: Guards | None = None
) -> Convergence:
    """Say whether chains can be believed.

    Parameters
    ----------
    chains : Chains
        Of at least 8 draws each.
    names : sequence of str
        Of the numbers, as long as a draw.
    setting : {"fast", "full"}
        Of the fit that the chains are for.
    guards : Guards, optional
        What they must hold to; by default R-hat below 1.01, 400 effective draws in bulk and tails, at most
        one divergence in a thousand transitions, and an E-BFMI above 0.3.

    Returns
    -------
    Convergence
    """
    assert len(names) == chains.draws.shape[-1], "a name for each number"
    assert chains.draws.shape[1] >= convergence.FEWEST, "too few draws to say anything"
    each = np.moveaxis(chains.draws, -1, 0)
    r_hat = np.array([convergence.r_hat(draws) for draws in each])
    bulk = np.array([convergence.ess_bulk(draws) for draws in each])
    tail = np.array([convergence.ess_tail(draws) for draws in each])
    energy = convergence.energy_fraction(chains.energy)
    guards = guards or Guards()
    reasons = (
        *_apart(names, r_hat, guards.r_hat),
        *_short(names, np.minimum(bulk, tail), guards.effective),
        *_divergent(chains.divergent, guards.divergent),
        *_slow(energy, guards.energy),
    )
    diagnostics = Diagnostics(
        setting=setting,
        chains=len(chains.draws),
        warmup=chains.warmup,
        draws=chains.draws.shape[1],
        divergences=int(chains.divergent.sum()),
        deepest=int(chains.deepest.sum()),
        r_hat=_finite(r_hat.max()),
        ess_bulk=_finite(bulk.min()),
        ess_tail=_finite(tail.min()),
        energy=_finite(energy.min()),
        pareto_k=None,
        fit=not reasons,
        reasons=reasons,
    )
    return Convergence(diagnostics, tuple(names), r_hat, bulk, tail)


def _apart(names: Sequence[str], r_hat: np.ndarray, limit: float) -> list[str]:
    still = ~np.isfinite(r_hat)
    apart = np.where(still, -np.inf, r_hat) >= limit
    said = []
    if still.any():
        said.append(
            f"The chains did not move in {_worst(names, still, still)}: there is no posterior to read. "
            "Look for counts that contradict each other, and start afresh with another seed."
        )
    if apart.any():
        said.append(
            f"The chains do not agree on {_worst(names, r_hat, apart)}: R-hat is {r_hat[apart].max():.3f} "
            f"where less than {limit:g} is asked for. Take more draws; if it stays, the counts have more "
            "than one explanation."
        )
    return said


def _short(names: Sequence[str], size: np.ndarray, limit: float) -> list[str]:
    short = size < limit
    if not short.any():
        return []
    least = size.min()
    return [
        f"There are too few effective draws of {_worst(names, -size, short)}: {least:.0f} where {limit:g} "
        f"are asked for. Take at least {np.ceil(limit / max(least, 1)):.0f} times as many draws."
    ]


def _divergent(divergent: np.ndarray, limit: float) -> list[str]:
    count = int(divergent.sum())
    if count <= limit * divergent.size:
        return []
    return [
        f"{count} of {divergent.size} transitions diverged: a corner of the posterior is too sharp for the "
        "steps and may be missing. Ask for a higher acceptance (--acceptance), such as 0.95 or 0.99."
    ]


def _slow(energy: np.ndarray, limit: float) -> list[str]:
    slow = ~(energy > limit)
    if not slow.any():
        return []
    which = ", ".join(str(1 + chain) for chain in np.flatnonzero(slow))
    found = "none" if np.isnan(energy[slow]).all() else f"{np.nanmin(energy[slow]):.2f}"
    return [
        f"The tails are explored too slowly in chain {which}: E-BFMI is {found} where more than {limit:g} is "
        "asked for. Take a longer warm-up and more draws."
    ]


def _worst(names: Sequence[str], badness: np.ndarray, at_fault: np.ndarray) -> str:
    """Name the worst of the numbers at fault, and count the rest."""
    order = [place for place in np.argsort(-badness.astype(float), kind="stable") if at_fault[place]]
    said = ", ".join(names[place] for place in order[:NAMED])
    return f"{said} and {len(order) - NAMED} more" if len(order) > NAMED else said


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
