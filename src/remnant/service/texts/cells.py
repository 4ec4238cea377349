"""Rows and cells of a CSV file changed, and every other byte of it left as it was.

Comments, order, quoting, byte-order mark and line endings are somebody's work: an edit touches one row. Lines
are numbered as `remnant.study.csv_text` does, so that the line of a fault is the line to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from remnant.errors import Fault, TableError
from remnant.service.texts.csv_rows import CsvRows, Row, find_rows, said
from remnant.study.schema import TableSchema

TABLE = "table"
LONGEST = 100_000  # letters of one cell: a reader of CSV gives up at 131,072


def too_long(values: Mapping[str, str]) -> tuple[Fault, ...]:
    """Return the faults of cells that no file would take, before anybody reads what they say."""
    hint = "a cell holds one value: is this a whole table?"
    return tuple(
        Fault("form", None, name, f"{len(value):,} letters", f"at most {LONGEST:,} letters", hint)
        for name, value in values.items()
        if len(value) > LONGEST
    )


def append_row(text: bytes, schema: TableSchema, values: Mapping[str, str], *, source: str = TABLE) -> bytes:
    r"""Write a row beneath all others; a file without a header is given one.

    Parameters
    ----------
    text : bytes
        The file; empty where there is none yet.
    schema : TableSchema
        Its columns, for a header.
    values : Mapping of str to str
        What the row says by column; a column that the header lacks is added to the file if it says anything.
    source : str
        What faults call the file.

    Raises
    ------
    TableError
        If the file is no table, the row would be empty, or a cell cannot be written.

    Examples
    --------
    >>> from remnant.study.tables import FISH_CONTROLS
    >>> row = {"probe": "EGR1", "control_id": "c2", "nuclei_scored": "200", "nuclei_abnormal": "3"}
    >>> text = b"probe,control_id,nuclei_scored,nuclei_abnormal\nEGR1,c1,200,1\n"
    >>> append_row(text, FISH_CONTROLS, row).splitlines()[-1]
    b'EGR1,c2,200,3'
    """
    return append_rows(text, schema, [values], source=source)


def append_rows(
    text: bytes, schema: TableSchema, rows: Sequence[Mapping[str, str]], *, source: str = TABLE
) -> bytes:
    """Write rows beneath all others, in their order: as `append_row` does one by one, but at once."""
    refuse_unwritable([item for values in rows for item in values.items()], source, None)
    names = {name: "" for values in rows for name in values}
    saying = {name: value for values in rows for name, value in values.items() if value.strip()}
    found = _with_columns(find_rows(text, source), schema, saying | {n: "" for n in names if n not in saying})
    says = [_by_place(found.names, values) for values in rows]
    if not all(map(any, says)):
        raise _empty(source, None)
    return _lines_added(found, says)


def change_cell(text: bytes, line: int, column: str, value: str, *, source: str = TABLE) -> bytes:
    r"""Write `value` into one cell of the row that begins on `line`.

    Raises
    ------
    TableError
        As `change_row`.

    Examples
    --------
    >>> change_cell(b"# slides\r\nprobe, scored\r\nEGR1, 200\r\n", 3, "scored", "201")
    b'# slides\r\nprobe, scored\r\nEGR1, 201\r\n'
    """
    return change_row(text, line, {column: value}, source=source)


def change_row(text: bytes, line: int, values: Mapping[str, str], *, source: str = TABLE) -> bytes:
    """Write cells of the row that begins on `line`; one that says the same already keeps its spelling.

    Parameters
    ----------
    text : bytes
        The file.
    line : int
        Line on which the row begins.
    values : Mapping of str to str
        What to write by column; a column that the header lacks is added to the file if it says anything.
    source : str
        What faults call the file.

    Raises
    ------
    TableError
        If no row begins there, the row would be empty, or a cell cannot be written.
    """
    refuse_unwritable(values.items(), source, line)
    found = _with_columns(find_rows(text, source), None, values)
    row = found.row(line)
    old = [found.text[start:end] for start, end in found.cells(row)]
    new = old + [""] * (len(found.names) - len(old))
    for name, value in values.items():
        if name in found.names:
            place = found.names.index(name)
            new[place] = respelt(new[place], value.strip(), first=not place)
    if new[len(old) :] == [""] * (len(new) - len(old)):
        new = new[: len(old)]  # a row that is too short is mended only where something was written
    if not any(map(said, new)):
        raise _empty(source, line)
    return found.spliced(row.start, found.cells(row)[-1][1], ",".join(new))


def remove_row(text: bytes, line: int, *, source: str = TABLE) -> bytes:
    r"""Take the row that begins on `line` out of the file.

    Raises
    ------
    TableError
        If no row begins there.

    Examples
    --------
    >>> remove_row(b"probe\nEGR1\n# rescored\nCSF1R", 4)
    b'probe\nEGR1\n# rescored'
    """
    found = find_rows(text, source)
    row = found.row(line)
    return found.spliced(_beginning(found, row), row.end, "")


def _beginning(found: CsvRows, row: Row) -> int:
    """Return where to cut: a file whose last line is not ended has none that is ended afterwards either."""
    if found.text[row.start : row.end].endswith(("\r", "\n")):
        return row.start
    return row.start - (2 if found.text[: row.start].endswith("\r\n") else 1)


def _lines_added(found: CsvRows, says: Sequence[list[str]]) -> bytes:
    """Write lines at the end; each is ended if the last one was."""
    lines = [
        ",".join(_written(value.strip(), first=not place) for place, value in enumerate(row)) for row in says
    ]
    ended, end = not found.text or found.text.endswith(("\r", "\n")), found.line_end
    new = "".join(line + end if ended else end + line for line in lines)
    return found.spliced(len(found.text), len(found.text), new)


def _with_columns(found: CsvRows, schema: TableSchema | None, values: Mapping[str, str]) -> CsvRows:
    """Give the file a header if it has none, and a column for everything that the row says."""
    if found.header is None and schema is not None:
        return find_rows(_lines_added(found, [_header(schema, values)]), found.source)
    lacking = [name for name, value in values.items() if value.strip() and name not in found.names]
    if not lacking or found.header is None:
        return found
    width, pieces = len(found.names), []
    for row in (found.header, *found.rows):
        cells = found.cells(row)
        if len(cells) == width:
            more = lacking if row is found.header else [""] * len(lacking)
            added = "".join(f",{_written(name, first=False)}" for name in more)
            pieces.append((cells[-1][1], cells[-1][1], added))
    return find_rows(found.with_pieces(pieces), found.source)


def _header(schema: TableSchema, values: Mapping[str, str]) -> list[str]:
    """Name every column, days as dates where the row has them so."""
    dated = any(column.date_name in values for column in schema.columns if column.date_name)
    return [(column.date_name if dated else None) or column.name for column in schema.columns]


def _by_place(names: list[str], values: Mapping[str, str]) -> list[str]:
    """Lay values out as the header has them; of a repeated name only the first is read."""
    return [
        values.get(name, "").strip() if names.index(name) == place else "" for place, name in enumerate(names)
    ]


def respelt(old: str, value: str, *, first: bool) -> str:
    """Spell a new value as the old one was spelt: between the same spaces, or in quotes that nobody needs."""
    if said(old) == value:
        return old
    new = _written(value, first=first)
    if new.startswith('"'):
        return new
    if old.startswith('"'):
        return f'"{value}"' if not _written(said(old), first=first).startswith('"') else new
    stripped = old.strip()
    before = old[: len(old) - len(old.lstrip())]
    return before + new + old[len(before) + len(stripped) :]


def _written(value: str, *, first: bool) -> str:
    """Write a cell; at the start of a line # would make a comment of the row."""
    if any(mark in value for mark in '",\r\n') or (first and value.startswith("#")):
        return '"' + value.replace('"', '""') + '"'
    return value


def refuse_unwritable(values: Iterable[tuple[str, str]], source: str, line: int | None) -> None:
    """Refuse values, each with its column, that no cell can hold."""
    faults = []
    for name, value in values:
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            found, hint = "a letter that no text can hold", "type it again"
            faults.append(Fault(source, line, name, found, "text", hint))
        elif len(value) > LONGEST:
            found, hint = f"{len(value):,} letters", "a cell holds one value: is this a whole table?"
            faults.append(Fault(source, line, name, found, f"at most {LONGEST:,} letters", hint))
    if faults:
        raise TableError(faults)


def _empty(source: str, line: int | None) -> TableError:
    hint = "fill in what was measured, or remove the row"
    return TableError([Fault(source, line, "", "an empty row", "a row that says something", hint)])
