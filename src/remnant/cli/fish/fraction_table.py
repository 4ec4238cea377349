"""How the answers of `remnant fish fraction` read: flat for programs, the recommended one first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields

from remnant.cli.console import print_table, say
from remnant.cli.fish.arguments import percent
from remnant.cli.fish.asked import Answered
from remnant.cytogenetics import CloneFraction


def flat(answer: Answered) -> dict[str, object]:
    """Return one object with the recommended answer and every other by name."""
    clone = answer.scored.estimate
    return {field.name: getattr(clone, field.name) for field in fields(clone)} | dict(answer.by_name)


def print_answers(answers: Sequence[Answered], *, named: bool) -> None:
    """Print the recommended answers, and with `named` every estimator of the first one."""
    clones = [answer.scored.estimate for answer in answers]
    rows = [
        (
            clone.sample_id,
            clone.compartment,
            f"{clone.nuclei_abnormal}/{clone.nuclei_scored}",
            percent(clone.observed),
            percent(clone.fraction),
            clone.cutoff_count,
            _worst(clone),
        )
        for clone in clones
    ]
    header = ("sample", "compartment", "abnormal", "observed", "clone", "cut-off", "worst case")
    print_table("Clone fraction", header, rows, note=f"Cut-off: {clones[0].cutoff_method}." if clones else "")
    if named:
        values = answers[0].by_name
        print_table("The same by every estimator", ("estimator", "percent"), _named(values))
        for line in _not_given(values):
            say(line)
    for line in dict.fromkeys(clone.prior for clone in clones):
        say(f"Assumed: {line}.")
    for remark in dict.fromkeys(remark for clone in clones for remark in clone.remarks):
        say(f"Note: {remark}.")


def _named(values: Mapping[str, object]) -> list[tuple[str, str]]:
    rows = []
    for name, value in values.items():
        if isinstance(value, tuple):
            rows.append((name, " to ".join(f"{100 * x:.4g}" for x in value)))
        elif isinstance(value, float) and name != "confidence":
            rows.append((name, f"{100 * value:.4g}"))
        elif isinstance(value, Mapping) and "lower" in value:
            middle = value.get("median", value.get("estimate"))
            rows.append(
                (name, f"{100 * middle:.4g} ({100 * value['lower']:.4g} to {100 * value['upper']:.4g})")
            )
        elif name == "prob_above" and isinstance(value, Mapping):
            rows += [(f"P(clone above {100 * float(x):g} %)", f"{100 * y:.4g}") for x, y in value.items()]
    return rows


def _not_given(values: Mapping[str, object]) -> list[str]:
    """Say which estimators have no value, once for each reason."""
    reasons = values.get("reasons")
    names: dict[str, list[str]] = {}
    for name, why in reasons.items() if isinstance(reasons, Mapping) else ():
        names.setdefault(str(why), []).append(str(name))
    return [f"Not given: {', '.join(mine)}: {why}." for why, mine in names.items()]


def _worst(clone: CloneFraction) -> str | None:
    return None if clone.worst_case_lower is None else f"at least {100 * clone.worst_case_lower:.2g} %"
