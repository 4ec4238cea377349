"""What would happen to many patients: virtual cohorts under a calendar of treatment."""

from remnant.cohort.policy.policy import Policy
from remnant.cohort.policy.seen import Seen
from remnant.cohort.scenario.file import parse_scenario, read_scenario
from remnant.cohort.scenario.scenario import Scenario
from remnant.cohort.scenario.shipped import shipped
from remnant.cohort.scenario.text import scenario_text

__all__ = ["Policy", "Scenario", "Seen", "parse_scenario", "read_scenario", "scenario_text", "shipped"]
