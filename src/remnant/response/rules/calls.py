"""The response of a patient at a visit, whatever the criteria."""

from __future__ import annotations

from dataclasses import dataclass

from remnant.response.rules.deferred import Deferred
from remnant.response.rules.trace import RuleTrace, Verdict

NOT_EVALUABLE = "not evaluable"
NO_CATEGORY = "no response category"
REMISSIONS = ("CR", "CR equivalent", "PR", "CRuni", "CRbi", "CRh", "marrow CR")
EVENTS = ("relapse", "disease progression", "failure")


@dataclass(frozen=True)
class ResponseCall(Deferred):
    """What published criteria say of a patient on a day, and why.

    Parameters
    ----------
    patient_id : str
        The patient.
    day : int
        Days since the patient's anchor.
    sample_id : str or None
        The specimen of the day; None where only blood counts or transfusions were looked at.
    criteria : str
        Name and version of the criteria.
    category : str
        As published, or `not evaluable` where a missing item could change it, or `no response category`.
    confirmed : bool or None
        Whether it is known to have lasted, or been repeated, as the criteria ask; None where they do not ask.
    improvement : tuple of str
        Lines of haematologic improvement that hold on the day.
    lost : tuple of str
        Lines of improvement that were there and are lost.
    rules : tuple of RuleTrace
        Every rule that was tried, in order; written down when somebody first looks at it.
    missing : tuple of str
        What is not done or not evaluable and could change the category.
    burden_class : str
        Class by transfusions before treatment (IWG 2018): `NTD`, `LTB`, `HTB` or `unclassified` with the
        reason; empty where the criteria have none, or the record cannot tell.
    remarks : tuple of str
        What qualifies the answer without changing it, such as `clinically meaningful`.
    """

    patient_id: str
    day: int
    sample_id: str | None
    criteria: str
    category: str
    confirmed: bool | None
    improvement: tuple[str, ...]
    lost: tuple[str, ...]
    rules: tuple[RuleTrace, ...]
    missing: tuple[str, ...]
    burden_class: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def fired(self) -> tuple[RuleTrace, ...]:
        """The rules that made the category: those of its own that are met."""
        prefix = "progression" if self.category == "disease progression" else self.category
        # An improvement is made by its lines.
        own = (prefix, *self.improvement) if self.category == "HI" else (prefix,)
        return tuple(
            rule for rule in self.rules if rule.verdict is Verdict.MET and rule.rule.split(":")[0] in own
        )
