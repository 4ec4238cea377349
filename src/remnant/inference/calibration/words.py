"""What holds and what does not, in words, and the page that says so with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remnant.inference.calibration.outcome import MODEL
from remnant.inference.calibration.scores import Coverage
from remnant.inference.calibration.summary import NOMINAL, RankCheck, Summary

LEAST, MOST = 0.87, 0.93  # what a 90 % interval of the day of relapse is asked to cover
ALPHA = 0.05


def claims(summary: Summary) -> tuple[tuple[bool, str], ...]:
    """Return each claim in words, with whether it holds."""
    return tuple(_claims(summary))


def _claims(summary: Summary) -> Iterator[tuple[bool, str]]:
    for level, words in (
        ("population", "numbers of the population"),
        ("patient", "numbers of a patient"),
        ("forecast", "forecasts of relapse"),
    ):
        yield _family([each for each in summary.ranks if each.level == level], words)
    day = summary.day_within[-1]
    yield (
        LEAST <= day.share <= MOST,
        f"90 % intervals for the day of relapse cover {_share(day)} of {day.count} patients",
    )
    for count in summary.counts[-1:]:
        held = all(each.lower <= each.nominal <= each.upper for each in count.within)
        said = ", ".join(f"{each.nominal:.0%}: {_share(each)}" for each in count.within)
        yield held, f"predictive intervals of the counts left out cover, of nominal {said}"
    model = next(each for each in summary.methods if each.method == MODEL)
    for other in summary.methods:
        if other.method != MODEL:
            scores = f"{model.brier_2.score:.3f}, against {other.brier_2.score:.3f} of {other.title}"
            behind = f"{other.worse:.3f} (standard error {other.worse_error:.3f})"
            yield other.worse > 0, f"Brier score within two years {scores}: difference {behind}"


def _family(checks: Sequence[RankCheck], words: str) -> tuple[bool, str]:
    """Judge many bands together: of many that are right, some leave a 95 % band by chance."""
    outside = [each for each in checks if not each.ranks.inside]
    least = min(checks, key=lambda each: each.ranks.p_value)
    joint = 1 - (1 - least.ranks.p_value) ** len(checks)
    inside = len(checks) - len(outside)
    says = f"{inside} of {len(checks)} {words} have ranks inside their simultaneous 95 % band"
    if outside:
        says += "; outside: " + ", ".join(each.name for each in outside)
    chance = f"by chance the least of so many p-values is as small as {least.ranks.p_value:.2g}"
    return joint >= ALPHA, f"{says} ({chance} ({least.name}) with probability {joint:.2g})"


def markdown(summary: Summary, command: str) -> str:
    """Return the page, with the command that made it.

    Parameters
    ----------
    summary : Summary
        Of the cohorts.
    command : str
        Which made them.
    """
    parts = [
        f"{summary.cohorts} simulated cohorts of {summary.patients} patients in all, of whom "
        f"{summary.forecasts} were in remission and had their relapse forecast. Made by\n\n    {command}",
        "\n".join(f"- {'Holds' if held else 'Does not hold'}: {says}." for held, says in claims(summary)),
        "### Ranks\n\n" + _rank_table(summary.ranks),
        "### Intervals\n\n" + _interval_table(summary),
        "### Methods\n\n" + _method_table(summary),
        "### Chance of relapse within two years\n\n"
        + _table(
            ("forecasts", "mean chance", "relapsed", "95 % limits"),
            [
                (f"{b.count}", f"{b.chance:.2f}", f"{b.share:.2f}", f"{b.lower:.2f} to {b.upper:.2f}")
                for b in summary.bins
            ],
        ),
        _effort(summary),
    ]
    return "\n\n".join(parts) + "\n"


def _effort(summary: Summary) -> str:
    return (
        f"A fit took {summary.gradients:,.0f} gradients and had {summary.effective:.0f} effective draws of "
        f"its worst coordinate; {summary.divergences:.2g} of its transitions diverged. Of the chains "
        f"{summary.again} hardly moved and were run again; {summary.unmoved} did not move then either, and "
        "are in the tables."
    )


def _rank_table(ranks: Sequence[RankCheck]) -> str:
    heads = ("number", "level", "ranks", "inside", "p", "shift", "spread", *(f"{n:.0%}" for n in NOMINAL))
    rows = [
        (
            each.name,
            each.level,
            f"{each.ranks.size}",
            "yes" if each.ranks.inside else "**no**",
            f"{each.ranks.p_value:.2g}",
            f"{each.ranks.shift:+.1f}",
            f"{each.ranks.spread:.2f}",
            *(f"{held.share:.1%}" for held in each.within),
        )
        for each in ranks
    ]
    return _table(heads, rows)


def _interval_table(summary: Summary) -> str:
    rows = [("day of relapse", *_cells(summary.day_within))]
    if (finite := summary.finite_within_90) is not None:
        rows.append((f"day of relapse, both ends by the horizon ({finite.count})", "", "", _limits(finite)))
    rows += [(f"count left out: {count.what}", *_cells(count.within)) for count in summary.counts]
    return _table(("interval of", *(f"{nominal:.0%}" for nominal in NOMINAL)), rows)


def _method_table(summary: Summary) -> str:
    heads = (
        "method",
        "Brier 1 y",
        "Brier 2 y",
        "miscalibration",
        "discrimination",
        "log score 2 y",
        "CRPS, days",
    )
    counts = dict(summary.counts[-1].crps)
    rows = [
        (
            each.title,
            f"{each.brier_1.score:.3f}",
            f"{each.brier_2.score:.3f}",
            f"{each.brier_2.miscalibration:.3f}",
            f"{each.brier_2.discrimination:.3f}",
            f"{each.log_score:.3f}",
            f"{each.crps_days:.0f}",
            _limits(each.within_90),
            f"{counts[each.method]:.4f}" if each.method in counts else "",
        )
        for each in summary.methods
    ]
    return _table((*heads, "90 % interval", "CRPS of counts left out"), rows)


def _cells(within: Sequence[Coverage]) -> tuple[str, ...]:
    return tuple(map(_limits, within))


def _limits(held: Coverage) -> str:
    return f"{held.share:.1%} ({held.lower:.1%} to {held.upper:.1%})"


def _share(held: Coverage) -> str:
    return f"{held.share:.1%} (95 % limits {held.lower:.1%} to {held.upper:.1%})"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
