"""`remnant fit`: from a study to which mechanisms explain its counts, and when the clone returns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say


@mendable
def fit(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FIT", help="Folder for the fit.")],
    setting: Annotated[
        str, typer.Option(help="full: all patients together, by chains; fast: each alone against the preset.")
    ] = "full",
    mechanism: Annotated[
        str,
        typer.Option(
            help="full, stem-spared, uniformly-sensitive, quiescence-only, pre-existing-resistance or "
            "acquired-resistance."
        ),
    ] = "full",
    compare: Annotated[
        bool, typer.Option("--compare", help="Fit every mechanism, and compare them.")
    ] = False,
    chains: Annotated[int, typer.Option(help="Chains of the sampler.")] = 4,
    warmup: Annotated[int, typer.Option(help="Steps of each chain that are not kept.")] = 200,
    draws: Annotated[int, typer.Option(help="Draws kept of each chain.")] = 500,
    acceptance: Annotated[
        float, typer.Option(help="Mean acceptance; a higher one takes shorter steps, into sharp corners.")
    ] = 0.9,
    horizon_years: Annotated[
        float, typer.Option(help="How far to forecast, from the last observation.")
    ] = 5.0,
    until: Annotated[
        int | None, typer.Option(metavar="DAY", help="Use observations up to this day only.")
    ] = None,
    score: Annotated[
        Path | None, typer.Option(metavar="HELD.csv", help="Later observations to score the forecast by.")
    ] = None,
    population: Annotated[
        Path | None, typer.Option(metavar="FIT", help="A fit whose population stands for the preset's.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of all chance; the study's own by default.")] = None,
    engine: Annotated[str, typer.Option(help="Who does the work: serial or processes.")] = "processes",
    resume: Annotated[
        bool,
        typer.Option("--resume/--fresh", help="Go on where an earlier run into FIT stopped, or begin anew."),
    ] = True,
    arviz: Annotated[
        Path | None, typer.Option(metavar="FILE.nc", help="Also write the draws for ArviZ (interop extra).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit the hierarchy to the raw counts of a study, and forecast relapse.

    FIT gets fit.html (one page to read), fit.json, the draws and its tables. A fit that does not hold its
    guards is marked wherever it is shown.

    Example: remnant fit my-study --out my-fit --setting fast
    """
    from remnant.cli.fit_bars import bars
    from remnant.cli.fit_tables import show_fit
    from remnant.inference.fitting.choices import Choices
    from remnant.service.fitting import fit_into
    from remnant.study import read_study

    if arviz is not None:
        from remnant.analysis.fit_arviz import refuse_without_arviz

        refuse_without_arviz()  # before the work, not after it
    whole = read_study(study)
    own_seed = whole.config.analysis.seed if seed is None else seed
    choices = Choices(
        setting,  # type: ignore[arg-type]
        mechanism,
        compare,
        chains,
        warmup,
        draws,
        horizon_years,
        until,
        own_seed,
        acceptance,
    )
    beside = {"held": score, "population": population}
    with bars() as told:
        saved = fit_into(whole, choices, out, engine=engine, resume=resume, told=told, **beside)
    if arviz is not None:
        _write_arviz(out, arviz)
    if as_json:
        print_json(saved.fit)
        return
    show_fit(saved.fit)
    say(f"Fit in {out}. Open {out / 'fit.html'}")
    say(f"Next: remnant forecast {study} --fit {out} --scenario FILE.toml")


def _write_arviz(out: Path, file: Path) -> None:
    from remnant.analysis.fit_arviz import to_arviz
    from remnant.errors import Fault, SettingError

    try:
        to_arviz(out).to_netcdf(str(file))
    except OSError as error:
        found = (error.strerror or type(error).__name__).lower()
        hint = "name a new file in a folder that is there"
        raise SettingError(
            [Fault("command line", None, "--arviz", found, "a file that can be written", hint)]
        ) from None
