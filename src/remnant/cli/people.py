"""`remnant people`: who may log in to the web app, and what they may do there."""

from __future__ import annotations

from typing import Annotated

import typer

from remnant.cli.console import Json, mendable, note, print_json, print_table, say
from remnant.cli.store.arguments import Database, Home, opened

people = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Who may log in to the web app: add, list, remove; give a new token or another role.",
)

Name = Annotated[str, typer.Argument(help="Initials or a work name, as the history of a study will show it.")]
Role = Annotated[str, typer.Option(help="viewer reads, editor also changes, admin also decides who may.")]
Days = Annotated[int | None, typer.Option(help="After how many days the token ends; without end by default.")]
WHO = "local"  # as the audit trail calls whoever has the folder itself


def _show_token(name: str, token: str, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "token": token})
        return
    note(f"The token of {name}, shown this once; hand it over in private:")
    say(token)


@people.command()
@mendable
def add(
    name: Name,
    role: Role = "viewer",
    days: Days = None,
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Add a person and print their token, this once.

    Example: remnant people add anna --role admin
    """
    from remnant.store.access.people import add_person

    with opened(home, database) as store:
        token = add_person(store, who=WHO, name=name, role=role, days=days)
    _show_token(name, token, as_json)


@people.command("list")
@mendable
def list_people(home: Home = None, database: Database = None, as_json: Json = False) -> None:
    """List everyone, with what they may do and when their token ends.

    Example: remnant people list
    """
    from remnant.store.access.people import all_people

    with opened(home, database) as store:
        everyone = all_people(store)
    if as_json:
        print_json([vars(person) | {"welcome": person.welcome} for person in everyone])
        return
    rows = [
        (
            person.name,
            person.role,
            person.created[:10],
            "withdrawn" if person.disabled else (person.expires or "")[:10],
        )
        for person in everyone
    ]
    print_table("People", ("name", "role", "added", "token ends"), rows)
    if not everyone:
        note("Nobody: whoever sits at this machine may do everything. remnant people add NAME --role admin")


@people.command()
@mendable
def token(
    name: Name, days: Days = None, home: Home = None, database: Database = None, as_json: Json = False
) -> None:
    """Give a person a new token; the old one and their open log-ins end.

    Example: remnant people token anna --days 90
    """
    from remnant.store.access.people import renew_token

    with opened(home, database) as store:
        fresh = renew_token(store, who=WHO, name=name, days=days)
    _show_token(name, fresh, as_json)


@people.command()
@mendable
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, editor or admin.")],
    home: Home = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Give a person another role, from their next click on.

    Example: remnant people role anna editor
    """
    from remnant.store.access.people import change_role

    with opened(home, database) as store:
        change_role(store, who=WHO, name=name, role=role)
    print_json({"name": name, "role": role}) if as_json else say(f"{name} is now {role}.")


@people.command()
@mendable
def remove(name: Name, home: Home = None, database: Database = None, as_json: Json = False) -> None:
    """Remove a person; what they did stays in the history.

    Example: remnant people remove anna
    """
    from remnant.store.access.people import remove_person

    with opened(home, database) as store:
        remove_person(store, who=WHO, name=name)
    print_json({"removed": name}) if as_json else say(f"{name} can no longer log in.")
