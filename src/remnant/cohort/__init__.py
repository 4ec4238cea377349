"""What would happen to many patients: virtual cohorts under a calendar of treatment."""

from remnant.cohort.policy import Policy
from remnant.cohort.scenario import Scenario
from remnant.cohort.scenario_file import parse_scenario, read_scenario
from remnant.cohort.scenario_text import scenario_text
from remnant.cohort.seen import Seen
from remnant.cohort.shipped import shipped

__all__ = ["Policy", "Scenario", "Seen", "parse_scenario", "read_scenario", "scenario_text", "shipped"]
