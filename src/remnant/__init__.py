"""Which malignant stem cells survive a remission, and when the disease returns.

The journey in a handful of names::

    findings = analyse(read_study(Path("my-study")))
    save(findings, Path("results"))
    write_report(findings, Path("report.html"))

A name is imported when it is first used, so that `import remnant` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remnant.analysis import Findings, Plan, analyse, load, save
    from remnant.observation import simulate_study
    from remnant.report import write_report
    from remnant.study import Study, read_study

_HOMES = {
    "Findings": "analysis",
    "Plan": "analysis",
    "Study": "study",
    "analyse": "analysis",
    "load": "analysis",
    "read_study": "study",
    "save": "analysis",
    "simulate_study": "observation",
    "write_report": "report",
}

__all__ = [
    "Findings",
    "Plan",
    "Study",
    "analyse",
    "load",
    "read_study",
    "save",
    "simulate_study",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'remnant' has no attribute {name!r}")
    return getattr(import_module(f"remnant.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
