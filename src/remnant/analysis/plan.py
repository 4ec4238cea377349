"""Every choice behind an answer, in one frozen record that the report prints."""

from __future__ import annotations

import hashlib

import numpy as np
from pydantic import BaseModel, ConfigDict

from remnant.scale.streams import stream
from remnant.study.config import (
    Analysis,
    CloneSection,
    Compartment,
    Gates,
    Maturation,
    MechanismSection,
    Probe,
    Rare,
    Role,
    StudyConfig,
    StudySection,
)


class Plan(BaseModel):
    """What will be computed, and how; where the work runs is no part of it: it cannot change an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: StudySection
    clone: CloneSection
    compartments: dict[str, Compartment]
    panel: dict[str, dict[str, str]]
    gates: Gates
    rare: Rare = Rare()
    probe: dict[str, Probe]
    maturation: dict[str, Maturation] = {}
    mechanism: MechanismSection = MechanismSection()
    analysis: Analysis

    @classmethod
    def of(cls, config: StudyConfig, **choices: object) -> Plan:
        """Return the plan that a study.toml makes, with some choices of `[analysis]` set anew.

        Parameters
        ----------
        config : StudyConfig
            The study's own choices.
        **choices
            Fields of `Analysis`; None leaves the study's choice.
        """
        given = {name: value for name, value in choices.items() if value is not None}
        sections = {name: getattr(config, name) for name in StudyConfig.model_fields}
        sections["analysis"] = Analysis.model_validate(config.analysis.model_dump() | given)
        return cls(**sections)

    def generator(self, *keys: str | int) -> np.random.Generator:
        """Return the stream of chance for one piece of the work."""
        return stream(self.analysis.seed, *keys)

    def with_role(self, role: Role) -> str | None:
        """Name the compartment that has a role, if the study has one."""
        return next((name for name, item in self.compartments.items() if item.role == role), None)

    @property
    def digest(self) -> str:
        """SHA-256 of every choice."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
