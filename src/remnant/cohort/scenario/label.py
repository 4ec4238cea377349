"""The scenario where none is given: the first drug of a preset as its label has it, without an end."""

from __future__ import annotations

from remnant.cohort.scenario.scenario import Scenario
from remnant.cohort.scenario.shipped import shipped
from remnant.dynamics.model.presets import preset


def label_scenario(name: str) -> Scenario:
    """Return the label's schedule of a preset, with its holds for low counts where remnant ships them.

    Raises
    ------
    SettingError
        If there is no such preset, with the nearest.

    Examples
    --------
    >>> label_scenario("cml-imatinib").title
    'Label: imatinib 400 mg daily'
    """
    disease = preset(name)
    if (label := shipped("label")).preset == disease.name:
        return label
    drug = disease.drugs[0]
    therapy = [{"drug": drug.name, "start_day": 0}]
    return Scenario.model_validate({"title": f"Label: {drug.title}", "preset": name, "therapy": therapy})
