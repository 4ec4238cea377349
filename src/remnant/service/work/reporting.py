"""The job that writes the latest analysis of a revision as offline pages, with its figures."""

from __future__ import annotations

import shutil
from typing import Any

from remnant.analysis import load
from remnant.figures import export_figures
from remnant.report import write_report
from remnant.service.work.task import Task
from remnant.store.files.trees import checkout


def report(task: Task) -> dict[str, Any]:
    """Write the report, and keep it."""
    figures = bool(task.job.arguments["figures"])
    steps, out = 2 + figures, task.folder / "report"
    task.told(0, steps, "reading the analysis")
    findings = load(checkout(task.store, task.source))
    shutil.rmtree(out, ignore_errors=True)  # what a killed run had begun
    out.mkdir()
    task.told(1, steps, "writing the pages")
    write_report(findings, out / "report.html")
    if figures:
        task.told(2, steps, "drawing the figures")
        export_figures(findings, out / "figures")
    made = task.keep(out)
    return {"kept": made.id, "kind": made.kind}
