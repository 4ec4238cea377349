"""A virtual cohort on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remnant.cli.console import print_table

if TYPE_CHECKING:
    from remnant.cohort.compare import Comparison
    from remnant.cohort.summary import CohortSummary, Curve, Share

MONTH = 30.4375


def show_summary(summary: CohortSummary) -> None:
    """Print shares, depth of remission and curves of one cohort."""
    title = f"{summary.title}: {summary.patients:,} virtual patients, {summary.years:g} years"
    shares = [_share(one) for one in (*summary.shares, *([summary.cure] if summary.cure else []))]
    print_table(title, ("what", "patients", "of", "share", "95 % limits of the simulation"), shares)
    depth = "share of the clone, %", "month", "5 % have less", "median", "5 % have more", "without the clone"
    print_table("Depth of remission", depth, _depths(summary))
    curve = "time to the event", "patients", "events", "median, months"
    curves = [_curve(one) for one in summary.curves]
    print_table("Curves (Kaplan-Meier; nothing competes)", curve, curves, note=summary.notice)


def show_comparison(comparison: Comparison) -> None:
    """Print scenarios side by side."""
    from remnant.cohort.comparison_table import comparison_rows

    header, rows = comparison_rows(comparison)
    names = "; ".join(f"[{n}] {title}" for n, title in enumerate(comparison.titles, 1))
    notes = "".join(f"\nNote: {line}." for line in comparison.notes)
    print_table("Side by side, in the same patients", header, rows, note=names + notes)


def _share(share: Share) -> tuple[object, ...]:
    if share.share is None or share.lower is None or share.upper is None:
        return share.meaning, share.count, share.among, "nobody to ask", ""
    limits = f"{percent(share.lower)} to {percent(share.upper)}"
    return share.meaning, share.count, share.among, percent(share.share), limits


def _depths(summary: CohortSummary) -> list[tuple[object, ...]]:
    rows = []
    for depth in summary.depths:
        spread = depth.spread
        if not spread.patients:
            continue  # after the horizon
        quantiles = [
            None if q is None else f"{100 * 10**q:.3g}" for q in (spread.q05, spread.q50, spread.q95)
        ]
        shown = ["none left" if text is None else text for text in quantiles]
        rows.append((f"{depth.compartment} cells", depth.month, *shown, spread.zeros))
    return rows


def _curve(curve: Curve) -> tuple[object, ...]:
    if not curve.patients:
        return curve.meaning, 0, 0, "nobody at risk"
    median = "not reached" if curve.median_day is None else f"{curve.median_day / MONTH:.1f}"
    return curve.meaning, curve.patients, curve.events, median


def percent(share: float) -> str:
    """Say a share in percent."""
    return f"{100 * share:.1f} %"
