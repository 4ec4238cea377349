"""Follow the clones as continuous numbers: exact exponential cascades, with sensitivities.

Names are imported when they are first used, since they need JAX. The plain solver, which needs NumPy alone,
is imported from its module: `remnant.dynamics.deterministic.solver`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remnant.dynamics.deterministic.adjoint.draws import fast_states
    from remnant.dynamics.deterministic.adjoint.trajectory import fast_trajectory
    from remnant.dynamics.deterministic.batches import batched
    from remnant.dynamics.deterministic.cascade import trajectory
    from remnant.dynamics.deterministic.compilation import keep_compiled
    from remnant.dynamics.deterministic.plan import make_plan, stack_plans
    from remnant.dynamics.deterministic.sensitivities import with_sensitivities
    from remnant.dynamics.deterministic.tolerance import follow

_HOMES = {
    "batched": "batches",
    "fast_states": "adjoint.draws",
    "fast_trajectory": "adjoint.trajectory",
    "follow": "tolerance",
    "keep_compiled": "compilation",
    "make_plan": "plan",
    "stack_plans": "plan",
    "trajectory": "cascade",
    "with_sensitivities": "sensitivities",
}

__all__ = [
    "batched",
    "fast_states",
    "fast_trajectory",
    "follow",
    "keep_compiled",
    "make_plan",
    "stack_plans",
    "trajectory",
    "with_sensitivities",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
