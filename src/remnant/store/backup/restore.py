"""A backup becomes a store: all of it, or nothing is left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from remnant.errors import Fault, RemnantError, StoreError
from remnant.store.backup.archive import Reader, opened, refused
from remnant.store.backup.backup import LEFT_OUT
from remnant.store.backup.verify import row_faults
from remnant.store.database.address import reachable, read_address
from remnant.store.database.engine import make_engine, writing
from remnant.store.database.identity import FILE, KEY
from remnant.store.database.migrations import make_whole, schema_number
from remnant.store.database.tables import LARGEST, blobs, meta, metadata
from remnant.store.disk import flush_all, flush_folder, folder_beside, write_flushed
from remnant.store.files.blobs import place_of, write_partial
from remnant.store.files.checkout import check_empty, remove_folder
from remnant.store.house import DATABASE, Store, make_folders, open_store

_AT_ONCE = 1000  # rows of one INSERT


def restore(source: Path, home: Path, url: str | None = None) -> Store:
    """Make a store of a backup.

    Parameters
    ----------
    source : Path
        What `remnant.store.backup.backup.backup` wrote, on either database.
    home : Path
        A new or an empty folder.
    url : str, optional
        An empty database; by default SQLite in the folder.

    Raises
    ------
    StoreError
        If the archive is damaged, of a newer remnant, or not one of remnant, or if home or database are not
        empty. Nothing is left behind then.
    """
    check_empty(home)
    home = home.resolve()
    staging = folder_beside(home, 0o700)
    try:
        make_folders(staging)
        with opened(source) as reader:
            rows = _unpack(reader, staging, source)
        with _database(read_address(staging / DATABASE, url)) as engine:
            _fill(engine, rows, staging, source, moves_to=None if url is None else home)
        if url is None:
            flush_all(staging)
            staging.rename(home)
        flush_folder(home.parent)
    finally:
        remove_folder(staging)
    return open_store(home, url)


@contextmanager
def _database(address: URL) -> Iterator[Engine]:
    """Give the database to write to; a file that was not there is not there after an error either."""
    file = Path(address.database or "") if address.get_backend_name() == "sqlite" else None
    fresh = file is not None and not file.exists()
    engine = make_engine(address)
    try:
        with reachable(address):
            yield engine
    except BaseException:
        engine.dispose()
        if file is not None and fresh:
            for ending in ("", "-wal", "-shm"):
                file.with_name(file.name + ending).unlink(missing_ok=True)
        raise
    engine.dispose()


def _unpack(reader: Reader, staging: Path, source: Path) -> dict[Table, Path]:
    """Write every member to the disk, checked, and return the dumps of the tables."""
    if reader.manifest.schema > schema_number():
        raise refused(source, f"number {reader.manifest.schema}, of a newer remnant", "schema")
    dumps: dict[Table, Path] = {}
    for member in reader.manifest.members:
        kind, _, name = member.name.partition("/")
        table = metadata.tables.get(name.removesuffix(".jsonl"))
        if kind == "blobs" and name == member.sha256:
            place = _place(staging, name, source)
        elif kind == "rows" and table is not None and table not in LEFT_OUT and table not in dumps:
            place = dumps[table] = staging / "partial" / name
        else:
            raise refused(source, repr(member.name[:80]), "members")
        write_partial(staging, reader.read(member)).partial.replace(place)
    reader.finish()
    return dumps


def _place(staging: Path, sha256: str, source: Path) -> Path:
    try:
        place = place_of(staging, sha256)
    except RemnantError:
        raise refused(source, repr(sha256[:80]), "members") from None
    place.parent.mkdir(mode=0o700, exist_ok=True)
    return place


def _fill(
    engine: Engine, dumps: Mapping[Table, Path], staging: Path, source: Path, moves_to: Path | None
) -> None:
    """Write the rows in one transaction; where the database is elsewhere, move the folder before it ends."""
    try:
        with writing(engine) as connection:
            make_whole(connection)
            for table in metadata.sorted_tables:
                if table in dumps:
                    _insert(connection, table, _rows(table, dumps[table], source), source)
                    dumps[table].unlink()
            _count_on(connection)
            if faults := [*_lost(connection, staging), *row_faults(connection)]:
                raise StoreError(faults)
            known = connection.scalar(select(meta.c.value).where(meta.c.key == KEY))
            write_flushed(staging / FILE, (known or "").encode())
            if moves_to is not None:
                flush_all(staging)  # before the rows are kept that speak of what lies there
                staging.rename(moves_to)
    except BaseException:
        if moves_to is not None and not staging.exists():
            moves_to.rename(staging)
        raise


def _insert(connection: Connection, table: Table, rows: Iterator[dict[str, Any]], source: Path) -> None:
    try:
        while some := list(islice(rows, _AT_ONCE)):
            connection.execute(insert(table), some)
    except SQLAlchemyError as error:
        found = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
        raise refused(source, found[:200], f"rows/{table.name}.jsonl") from error


def _rows(table: Table, path: Path, source: Path) -> Iterator[dict[str, Any]]:
    """Read the rows of a dump; one that does not fit the table is refused."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict) or not all(_fits(table, *cell) for cell in row.items()):
                raise refused(source, "a row that does not fit", f"rows/{table.name}.jsonl line {number}")
            yield row


def _fits(table: Table, name: str, value: object) -> bool:
    column = table.columns.get(name)
    if column is None:
        return False
    if value is None:
        return bool(column.nullable)
    return type(value) is column.type.python_type and _holds(value)


def _holds(value: object) -> bool:
    """Say whether a database can hold a value of the right type at all."""
    if isinstance(value, int):
        return -LARGEST <= value <= LARGEST
    return not isinstance(value, str) or not any("\ud800" <= letter <= "\udfff" for letter in value)


def _count_on(connection: Connection) -> None:
    """Have PostgreSQL go on after the last number; SQLite looks for itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in metadata.sorted_tables:
        if (key := table.autoincrement_column) is not None:
            last = f"(SELECT max({key.name}) FROM {table.name})"
            place = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
            connection.execute(text(f"SELECT setval({place}, {last}) WHERE {last} IS NOT NULL"))


def _lost(connection: Connection, staging: Path) -> Iterator[Fault]:
    """Name the blobs that the rows speak of and the archive lacks."""
    for row in connection.execute(select(blobs).order_by(blobs.c.sha256)):
        path = place_of(staging, row.sha256)
        if not path.is_file() or path.stat().st_size != row.bytes:
            yield Fault(
                "store", None, f"blob {row.sha256}", "no such file", "the file of a row", "use another backup"
            )
