"""Tables to which rows are added and from which nothing is taken: the database itself refuses the rest."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event
from sqlalchemy.schema import ExecutableDDLElement


def never_changed(table: Table) -> None:
    """Have the triggers of a table made with it.

    On SQLite `INSERT OR REPLACE` removes a row without asking the trigger on removal, so that a number that
    is taken is refused before; on PostgreSQL the trigger stands before `TRUNCATE` too.

    Parameters
    ----------
    table : Table
        With a primary key.
    """
    for dialect, statements in (("sqlite", _sqlite(table)), ("postgresql", _postgresql(table))):
        for statement in statements:
            event.listen(table, "after_create", _said(statement, dialect))


def _said(statement: str, dialect: str) -> ExecutableDDLElement:
    ddl: ExecutableDDLElement = DDL(statement)  # type: ignore[no-untyped-call]
    return ddl.execute_if(dialect=dialect)


def _sqlite(table: Table) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    taken = " AND ".join(f'"{key.name}" = NEW."{key.name}"' for key in table.primary_key)
    return [
        f"CREATE TRIGGER {table.name}_no_update BEFORE UPDATE ON {table.name} {refuse}",
        f"CREATE TRIGGER {table.name}_no_delete BEFORE DELETE ON {table.name} {refuse}",
        f"CREATE TRIGGER {table.name}_no_replace BEFORE INSERT ON {table.name} "
        f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {taken}) {refuse}",
    ]


def _postgresql(table: Table) -> list[str]:
    return [
        f"CREATE FUNCTION {table.name}_refuses() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table.name} is append-only'; END $$",
        f"CREATE TRIGGER {table.name}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table.name}_refuses()",
    ]
