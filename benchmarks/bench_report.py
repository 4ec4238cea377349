"""Writing a report, what it weighs, and how soon a browser shows it, for the demo and for 500 patients.

    python benchmarks/bench_report.py RESULTS [PATIENTS]

RESULTS is a results folder, such as that of `remnant demo`; the larger studies are renamed copies of its
patients, synthetic if they are. Times are of Chromium with `file:` addresses: to the first paint, until the
page answers (its scripts have run and the thread is free), and until the first figure stands.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from remnant.analysis import load
from remnant.analysis.findings import Findings
from remnant.report import write_report
from remnant.scale import executor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NESTED = ("responses", "haematopoiesis", "fit", "observed", "joint")
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def copied(findings: Findings, patients: int) -> Findings:
    """Return findings of so many patients, copies of the first ones under other names."""
    names = [timeline.patient_id for timeline in findings.timelines]
    samples = {visit.sample_id for timeline in findings.timelines for visit in timeline.visits}

    def owned(record: Any) -> bool:
        return getattr(record, "patient_id", None) in names or getattr(record, "sample_id", None) in samples

    def renamed(record: Any, copy: int) -> Any:
        if isinstance(record, tuple):
            return tuple(renamed(part, copy) for part in record)
        if not is_dataclass(record):
            return record
        changed: dict[str, Any] = {}
        for item in fields(record):
            value = getattr(record, item.name)
            if isinstance(value, str) and (value in names or value in samples):
                changed[item.name] = f"{value}-{copy:03d}"
            elif is_dataclass(value) or (isinstance(value, tuple) and value and is_dataclass(value[0])):
                changed[item.name] = renamed(value, copy)
        return replace(record, **changed) if changed else record  # type: ignore[type-var]

    def grown(whole: Any) -> Any:
        changed: dict[str, Any] = {}
        for item in fields(whole):
            value = getattr(whole, item.name)
            if item.name == "patients" and isinstance(value, tuple):
                changed[item.name] = tuple(f"{name}-{copy:03d}" for copy in copies for name in value)
            elif isinstance(value, tuple) and value and is_dataclass(value[0]):
                mine = [row for row in value if owned(row)]
                rest = tuple(grown(row) if item.name == "beside" else row for row in value if not owned(row))
                changed[item.name] = rest + tuple(renamed(row, copy) for copy in copies for row in mine)
            elif item.name in NESTED and is_dataclass(value):
                changed[item.name] = grown(value)
        return replace(whole, **changed)

    copies = range(-(-patients // len(names)))
    whole = grown(findings)
    return replace(whole, timelines=whole.timelines[:patients])


def seen(page: Path) -> str:
    """Open a page three times in a fresh browser and return the medians, in milliseconds."""
    from playwright.sync_api import sync_playwright

    rounds = []
    with sync_playwright() as playwright:
        for _ in range(3):
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            tab.goto(page.as_uri(), wait_until="load")
            free = tab.evaluate("new Promise((done) => requestIdleCallback(() => done(performance.now())))")
            while (paint := tab.evaluate(PAINTED)) is None:
                tab.wait_for_timeout(10)
            tab.locator("figure[data-chart]").first.scroll_into_view_if_needed()
            tab.locator("figure .plot svg, figure .plot canvas").first.wait_for(timeout=120_000)
            rounds.append((paint, free, tab.evaluate("performance.now()")))
            browser.close()
    paint, free, drawn = (sorted(values)[1] for values in zip(*rounds, strict=True))
    return f"first paint {paint:.0f} ms, answers after {free:.0f} ms, first figure after {drawn:.0f} ms"


def measure(findings: Findings, target: Path) -> None:
    """Write a report, and say what it took and what came of it."""
    start = time.perf_counter()
    written = write_report(findings, target, executor=executor("processes"))
    spent = time.perf_counter() - start
    pages = [path.stat().st_size for path in written if path.name.startswith("patient-")]
    each = f", pages of patients {sum(pages) / len(pages) / 1e3:.0f} kB each" if pages else ""
    size = written[0].stat().st_size / 1e3
    print(f"{len(findings.timelines)} patients: {spent:.1f} s, {target.name} {size:.0f} kB{each}")
    if CHROMIUM is not None:
        print(f"  the study: {seen(written[0])}")
        if pages:
            print(f"  a patient: {seen(written[-1])}")


def main() -> None:
    """Measure the study as it is, and copies of its patients."""
    findings = load(Path(sys.argv[1]))
    largest = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with tempfile.TemporaryDirectory() as folder:
        measure(findings, Path(folder) / "small" / "report.html")
        measure(copied(findings, 17), Path(folder) / "more" / "report.html")
        measure(copied(findings, largest), Path(folder) / "large" / "report.html")


if __name__ == "__main__":
    main()
