"""`remnant simulate scenario`: a scenario to copy and change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say


@mendable
def scenario(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which one; left out: list them.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; left out: print it.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a scenario as a TOML file, every key explained, to change and to simulate.

    Example: remnant simulate scenario label --out label.toml
    """
    from remnant.cohort.scenario.shipped import shipped, template_text

    if name is None:
        _list(out, as_json=as_json)
        return
    text = template_text(name)
    if out is not None:
        _write(text, out, force=force)
    if as_json:
        print_json({"name": name, "file": out, "text": text, "scenario": shipped(name)})
    elif out is None:
        say(text.rstrip())
    else:
        follow = f"remnant simulate cohort --scenario {out} --patients 1000 --years 10 --out COHORT"
        say(f"Wrote {out}. Next: {follow}")


def _list(out: Path | None, *, as_json: bool) -> None:
    from remnant.cohort.scenario.shipped import NAMES, shipped
    from remnant.errors import Fault, SettingError

    if out is not None:
        hint = f"such as remnant simulate scenario {NAMES[0]} --out {out}"
        fault = Fault("command line", None, "NAME", "nothing", "one of " + ", ".join(NAMES), hint)
        raise SettingError([fault])
    kept = {name: shipped(name) for name in NAMES}
    if as_json:
        print_json([{"name": name, "title": one.title, "preset": one.preset} for name, one in kept.items()])
        return
    rows = [(name, one.title, one.preset) for name, one in kept.items()]
    print_table("Scenarios to start from", ("name", "title", "preset"), rows)
    say(f"Next: remnant simulate scenario {NAMES[0]} --out {NAMES[0]}.toml")


def _write(text: str, out: Path, *, force: bool) -> None:
    from remnant.errors import Fault, SettingError
    from remnant.study.text import printable

    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        found = (error.strerror or type(error).__name__).lower()
        hint = "name a new file in a folder that is there, or add --force to write over a file"
        fault = Fault(printable(out.name), None, "--out", found, "a new file", hint)
        raise SettingError([fault]) from None
