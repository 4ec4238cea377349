"""`remnant serve`: the web app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import mendable, note, say
from remnant.cli.store.arguments import Database, Home, opened

if TYPE_CHECKING:
    from remnant.service.opening import Opened
    from remnant.store.house import Store


@mendable
def serve(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="A study folder or a results folder to open.")
    ] = None,
    home: Home = None,
    database: Database = None,
    host: Annotated[
        str, typer.Option(help="Address to listen at; only this machine by default.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen at; 0 takes any.")] = 8765,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Jobs that run at once.")] = 1,
    behind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL", help="Address of a proxy on this machine, as https://remnant.lab.example."
        ),
    ] = None,
    log_in: Annotated[bool, typer.Option("--log-in", help="Everyone logs in, on this machine too.")] = False,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
) -> None:
    """Show studies in a browser, check files, enter data and run analyses.

    Only this machine can reach it. For others, give people tokens (remnant people add), put a proxy with TLS
    in front (SECURITY.md) and name its address with --behind. Ctrl-C ends it; jobs go on at the next start.

    Example: remnant serve demo/study
    """
    from remnant.store.lock import held
    from remnant.web.serve import address_of, checked, listen, run
    from remnant.web.settings import Settings

    asked = Settings(host=host, port=port, secure=log_in, behind=tuple(behind or ()))
    with ExitStack() as open_things:
        store = open_things.enter_context(opened(home, database))
        bound, settings = listen(checked(asked, store))
        open_things.enter_context(bound)
        address = address_of(settings)
        open_things.enter_context(held(store.home, address))
        place = None if path is None else _place(store, path)
        open_things.enter_context(_working(store, database, workers))

        def ready() -> None:
            if place is not None:
                note(place.said)
            say(address + (place.address if place else "/"))
            note("Ctrl-C ends it.")
            if show:
                _show(address + (place.address if place else "/"))

        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            run(store, settings, bound, ready=ready)


def _place(store: Store, path: Path) -> Opened:
    """Keep a folder, or find it again."""
    from remnant.service.opening import open_path
    from remnant.service.viewer import LOCAL

    return open_path(store, LOCAL, path)


@contextmanager
def _working(store: Store, database: str | None, workers: int) -> Iterator[None]:
    """Keep workers beside the server."""
    if not workers:
        yield
        return
    from remnant.service.work.workers import start_workers

    started = start_workers(store.home, database, workers)
    try:
        yield
    finally:
        started.stop()


def _show(address: str) -> None:
    """Open a browser, which may take its time, and may not be there."""
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
