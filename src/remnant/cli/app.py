"""The commands of remnant, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from remnant.cli.console import NOTICE

# Name of a command -> where it is defined and the line that `remnant --help` shows. A group of commands is a
# typer app; importing it waits until it is used, so that help answers at once.
COMMANDS = {
    "demo": ("remnant.cli.journey:demo", "Synthetic study, analysis and report; needs no data."),
    "new": ("remnant.cli.study:new", "Template study folder with its data dictionary."),
    "check": ("remnant.cli.study:check", "Everything wrong with a study, at once."),
    "analyse": ("remnant.cli.journey:analyse", "The whole journey: a study becomes a results folder."),
    "report": ("remnant.cli.journey:report", "Results become one offline HTML page."),
    "persistence": (
        "remnant.cli.persistence:persistence",
        "Where the clone lives, and whether stem cells are spared.",
    ),
    "response": ("remnant.cli.response:response", "Clinical response per visit, with the rules that fired."),
    "risk": (
        "remnant.cli.risk.command:risk",
        "IPSS-R, IPSS-RA and IPSS-M of patients, with what is missing.",
    ),
    "burden": ("remnant.cli.burden:burden", "Malignant cells per million, from a gate and a slide."),
    "fcs": ("remnant.cli.fcs:fcs", "Look into FCS files, gate them, count compartments."),
    "fish": ("remnant.cli.fish:fish", "Clone fractions, cut-offs and comparisons from nuclei."),
    "culture": ("remnant.cli.culture:culture", "Frequencies from limiting dilution and colonies."),
    "karyotype": ("remnant.cli.karyotype:karyotype", "Read ISCN karyotypes and nuc ish strings."),
    "fit": ("remnant.cli.fit:fit", "Which mechanisms explain the counts, and when the clone returns."),
    "forecast": ("remnant.cli.forecast:forecast", "Other calendars and days, in the draws of a fit."),
    "plan": ("remnant.cli.plan:plan", "Nuclei, events, wells, visits or patients that the next study needs."),
    "survival": ("remnant.cli.survival:survival", "Time to event on any table: every estimator by name."),
    "worker": ("remnant.cli.worker:worker", "Does the jobs that were asked for in the web app."),
    "serve": ("remnant.cli.serve:serve", "The web app, on this machine."),
    "pseudonymise": ("remnant.cli.pseudonymise:pseudonymise", "A study without names, intervals kept."),
    "people": ("remnant.cli.people:people", "Who may log in to the web app, and what they may do."),
    "simulate": ("remnant.cli.simulate:simulate", "Synthetic studies with their truth."),
    "store": ("remnant.cli.store:store", "Keep studies: bring in, export, look back, back up, verify."),
}


class LazyGroup(TyperGroup):
    """A group that imports a command when it is called, and not before."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 -- the signature is typer's
        """Name the commands in the order of the journey."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Import one command; a misspelt one is refused with the nearest."""
        if cmd_name not in COMMANDS:
            if near := get_close_matches(cmd_name, COMMANDS, 1):
                ctx.fail(f"No such command '{cmd_name}'. Did you mean '{near[0]}'?")
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        found = getattr(importlib.import_module(module), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            alone.command(cmd_name)(found)
            found = alone
        command = typer.main.get_command(found)
        assert isinstance(command, TyperCommand | TyperGroup)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: object, formatter: Any) -> None:  # noqa: ARG002
        """List the commands from their lines above, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"remnant {version('remnant')}")
        raise typer.Exit


@app.callback(
    help=f"See which malignant stem cells survive a remission, and when the disease returns. {NOTICE}"
)
def remnant(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold the options that come before a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; exit 0 when done, 1 for input to mend, 2 for wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without a letter shows its number: an answer must not fail on a name.
            stream.reconfigure(errors="backslashreplace")
    app(args=arguments, prog_name="remnant")
