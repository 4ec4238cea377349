"""The whole journey: demo, analyse, report."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remnant.cli.console import Json, mendable, note, print_json, print_table, progress, say

if TYPE_CHECKING:
    from remnant.analysis import Findings
    from remnant.analysis.fits import SavedFit
    from remnant.report.page import Pages
    from remnant.study.study import Study

Engine = Annotated[
    str,
    typer.Option(help="Who does the work: serial, processes, dask or dask=ADDRESS; the answer is the same."),
]
FORECAST_IN_DEMO = True
FEW = 40
Forecast = Annotated[
    bool,
    typer.Option(
        "--forecast/--no-forecast", help="Also fit each patient alone (fast setting), and forecast relapse."
    ),
]
Seed = Annotated[
    int | None, typer.Option(min=0, help="Seed of every stream of chance; the study's own by default.")
]


@mendable
def analyse(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="RESULTS", help="Folder for the results.")],
    engine: Engine = "processes",
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep what an earlier or broken-off run counted.")
    ] = False,
    seed: Seed = None,
    forecast: Forecast = False,
    fit: Annotated[
        Path | None, typer.Option("--fit", metavar="FIT", help="Put this fit of the study into the results.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Analyse a whole study: which patients in remission still carry malignant stem cells, and for how long.

    Example: remnant analyse my-study --out my-results
    """
    findings = _analyse(study, out, engine=engine, resume=resume, seed=seed, forecast=forecast, fit=fit)
    if as_json:
        found = {"results": str(out), "courses": findings.courses, "statements": findings.statements}
        print_json(found | ({} if findings.fit is None else {"fit": findings.fit}))
        return
    _print_verdicts(findings)
    say(f"Results in {out}. One page to read: remnant report {out}")


@mendable
def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="A results folder.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="The page; report.html there.")
    ] = None,
    pages: Annotated[
        str,
        typer.Option(
            metavar="one|split|auto",
            help="One page of everything, or one of the study and one of each patient; auto: split from 9 "
            "patients on.",
        ),
    ] = "auto",
    patient: Annotated[
        str | None, typer.Option(metavar="NAME", help="One page of this patient alone, in FILE.")
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Also write each figure as SVG, PNG and PDF, with its data."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of the figures these alone: swimmer, course, or a patient."),
    ] = None,
    every_png: Annotated[
        bool, typer.Option("--every-png", help="Gates and plates as PNG too, not only as SVG and PDF.")
    ] = False,
    bibtex: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the papers behind it as BibTeX.")
    ] = None,
    engine: Engine = "processes",
    as_json: Json = False,
) -> None:
    """Write the results as offline HTML, the figures for a paper, and the papers to cite.

    Example: remnant report my-results --figures my-figures
    """
    from remnant.analysis import load
    from remnant.figures import export_figures
    from remnant.report import bibtex_of, write_patient, write_report
    from remnant.scale import executor

    chosen = _pages(pages, patient, out)
    findings, workers = load(results), executor(engine)
    page = out or results / "report.html"
    if patient is None:
        few = len(findings.timelines) <= FEW  # to start a process takes longer than to write some pages
        written = write_report(findings, page, pages=chosen, executor=executor("serial") if few else workers)
    else:
        written = [write_patient(findings, patient, page)]
    drawn = (
        export_figures(findings, figures, only=only or (), every_png=every_png, executor=workers)
        if figures
        else []
    )
    if bibtex:
        bibtex.write_text(bibtex_of(findings), encoding="utf-8")
    if as_json:
        print_json(
            {
                "report": str(page),
                "pages": [str(path) for path in written],
                "figures": [str(path) for path in drawn],
            }
        )
        return
    more = f", and {len(written) - 1} files in {written[-1].parent}" if len(written) > 1 else ""
    say(f"Wrote {page}{more}.")
    if figures:
        say(f"Wrote {len(drawn)} files in {figures}.")
    if bibtex:
        say(f"Wrote {bibtex}.")


def _pages(asked: str, patient: str | None, out: Path | None) -> Pages:
    """Refuse what nobody can mean: an unknown word, or one patient where everybody's page would be."""
    from remnant.errors import Fault, SettingError

    if asked not in ("auto", "one", "split"):
        raise SettingError([Fault("--pages", None, "", asked, "one, split or auto", "leave it out for auto")])
    if patient is not None and out is None:
        hint = "name the page: --out FILE"
        raise SettingError([Fault("--patient", None, "", patient, "a file of its own", hint)])
    if patient is not None and asked == "split":
        raise SettingError([Fault("--pages", None, "", asked, "one page of one patient", "leave it out")])
    return asked  # type: ignore[return-value]


@mendable
def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for study, results and report.")
    ] = Path("remnant-demo"),
    patients: Annotated[int, typer.Option(min=1, max=500, help="Number of synthetic patients.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the study and of its analysis.")] = 20100909,
    engine: Engine = "processes",
    forecast: Forecast = FORECAST_IN_DEMO,
    as_json: Json = False,
) -> None:
    """Simulate a study, analyse it and write the report; needs no data and no network.

    Everything in it is synthetic. DIR/study/truth holds what the analysis should find.

    Example: remnant demo --out demo
    """
    from remnant.observation import simulate_study
    from remnant.report import write_report
    from remnant.scale import executor

    study, results, page = out / "study", out / "results", out / "report.html"
    workers = executor(engine)
    _check_demo_folder(out)
    if study.exists():
        shutil.rmtree(study)
    out.mkdir(parents=True, exist_ok=True)
    with progress("simulating patients", patients) as done:
        simulate_study(study, patients=patients, seed=seed, executor=workers, done=done)
    findings = _analyse(study, results, engine=engine, resume=False, seed=seed, forecast=forecast)
    write_report(findings, page)
    if as_json:
        print_json({"report": str(page), "study": str(study), "results": str(results)})
        return
    _print_verdicts(findings)
    say(f"The study is synthetic; its truth is in {study / 'truth'}.")
    say(f"Report: {page}")


def _check_demo_folder(out: Path) -> None:
    """Refuse a folder that holds anything but an earlier demo; a study without its truth is someone's own."""
    from remnant.errors import Fault, SettingError

    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    ours = {"study", "results", "report.html"}
    earlier = (out / "study/truth/truth.json").is_file() and {child.name for child in out.iterdir()} <= ours
    if not earlier:
        hint = "name a new folder: the demo writes over nothing but an earlier demo"
        raise SettingError([Fault(str(out), None, "", "other files", "a new folder", hint)])


def _analyse(
    study: Path, out: Path, *, engine: str, resume: bool, seed: int | None, forecast: bool = False,
    fit: Path | None = None,
) -> Findings:  # fmt: skip
    from remnant.analysis import count_work, kept_counts
    from remnant.cytogenetics.whole_study import read_whole_study
    from remnant.errors import RemnantError
    from remnant.scale import executor
    from remnant.service.analysing import analyse_into, fitted_beside
    from remnant.store import check_free

    check_free(out)
    executor(engine)  # refused before the study is read
    whole = read_whole_study(study)
    given = None if fit is None else _given(fit, whole)
    with ExitStack() as beside, progress("counting cells", count_work(whole)) as done:
        fitted = None if given is None else (lambda: (given.fit, given.observed))
        if forecast and given is None:
            fitted = beside.enter_context(fitted_beside(whole, seed, engine))
        options: dict[str, Any] = {"resume": resume, "seed": seed, "fit": fitted, "done": done}
        try:
            return analyse_into(whole, out, engine=engine, **options)
        except RemnantError:
            if kept := kept_counts(out):
                note(f"What was counted so far is kept in {kept}: mend the rest, then add --resume.")
            raise


def _given(fit: Path, study: Study) -> SavedFit:
    """Read a fit of this very study."""
    from remnant.analysis.fits import load_fit, refuse_changed

    saved = load_fit(fit)
    refuse_changed(saved, study)
    return saved


def _print_verdicts(findings: Findings) -> None:
    from remnant.report import verdict_rows

    plan = findings.plan
    mark = " (synthetic)" if plan.study.synthetic else ""
    header, rows = verdict_rows(findings)
    print_table(f"{plan.study.title}{mark}", header, rows)
    for item in findings.statements:
        say(f"{item.number}. {item.text}: {item.verdict.value} ({item.evidence}).")
