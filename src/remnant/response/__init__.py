"""Blood counts, marrows, transfusions and metaphases become response categories, with their rules."""

from remnant.response.classify import CRITERIA, Responses, classify, classify_all
from remnant.response.cytogenetic.discordance import Agreement, Discordance, Surprise, discordances
from remnant.response.cytogenetic.fish_response import FishCount, FishResponse, fish_responses
from remnant.response.cytogenetic.metaphase_count import MetaphaseCount
from remnant.response.cytogenetic.metaphase_power import MetaphasePower, metaphase_power
from remnant.response.cytogenetic.response import CytogeneticResponse, cytogenetic_responses
from remnant.response.durations import ResponseTime
from remnant.response.iwg2018 import Iwg2018Options
from remnant.response.iwg2023 import OVERALL_RESPONSE, Iwg2023Options
from remnant.response.progression import Progression
from remnant.response.record.history import History, histories
from remnant.response.record.transfusions import Independence, TransfusionBurden, independent_on
from remnant.response.remission import Remission, remission_at
from remnant.response.rules.calls import (
    EVENTS,
    NO_CATEGORY,
    NOT_EVALUABLE,
    REMISSIONS,
    ResponseCall,
)
from remnant.response.rules.thresholds import Threshold
from remnant.response.rules.trace import RuleTrace, Verdict
from remnant.response.transformation import Transformation, transformations

__all__ = [
    "CRITERIA",
    "EVENTS",
    "NOT_EVALUABLE",
    "NO_CATEGORY",
    "OVERALL_RESPONSE",
    "REMISSIONS",
    "Agreement",
    "CytogeneticResponse",
    "Discordance",
    "FishCount",
    "FishResponse",
    "History",
    "Independence",
    "Iwg2018Options",
    "Iwg2023Options",
    "MetaphaseCount",
    "MetaphasePower",
    "Progression",
    "Remission",
    "ResponseCall",
    "ResponseTime",
    "Responses",
    "RuleTrace",
    "Surprise",
    "Threshold",
    "Transformation",
    "TransfusionBurden",
    "Verdict",
    "classify",
    "classify_all",
    "cytogenetic_responses",
    "discordances",
    "fish_responses",
    "histories",
    "independent_on",
    "metaphase_power",
    "remission_at",
    "transformations",
]
