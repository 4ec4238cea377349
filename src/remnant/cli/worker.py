"""`remnant worker`: does the jobs that were asked for in the web app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, say
from remnant.cli.store.arguments import Database, Home, opened

if TYPE_CHECKING:
    from threading import Event


@mendable
def worker(
    home: Home = None,
    database: Database = None,
    once: Annotated[bool, typer.Option("--once", help="End when no job waits.")] = False,
    engine: Annotated[
        str, typer.Option(help="Who does the work within a job: serial, processes, dask or dask=ADDRESS.")
    ] = "processes",
    silent: Annotated[
        float, typer.Option(min=0, help="Seconds of silence after which another worker loses its job.")
    ] = 30.0,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="End when standard input ends.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do jobs: analyses, fits, simulations and reports, each in a process of its own, until stopped.

    Start as many as there is work for, on any machine that sees the folder and the database. A job that is
    cut off goes on where it was: Ctrl-C, or kill, loses nothing.

    Example: remnant worker --home my-store --once
    """
    import logging

    from remnant.scale import executor
    from remnant.service.work.worker import work_until_stopped, worker_name

    executor(engine)  # refused before any job is taken
    if not (with_parent or as_json):
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop = _stop_event(with_parent=with_parent)
    with opened(home, database) as store:
        ended = work_until_stopped(
            store, worker_name(), stop=stop, url=database, engine=engine, once=once, silent_s=silent
        )
    if as_json:
        print_json({"jobs": ended})
    elif not with_parent:
        say(f"{ended} {'job' if ended == 1 else 'jobs'} done.")


def _stop_event(*, with_parent: bool) -> Event:
    """Return what is set when the worker should stop: on a signal, or when its server is gone."""
    import os
    import signal
    import sys
    from threading import Event, Thread

    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())

    def wait_for_the_end() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        stop.set()

    if with_parent:
        Thread(target=wait_for_the_end, daemon=True).start()
    return stop
