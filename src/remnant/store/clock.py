"""The time as it is written in the database: UTC, to the microsecond, in an order that text keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def written(moment: datetime) -> str:
    """Write a moment as text.

    Examples
    --------
    >>> written(datetime(2026, 1, 31, 12, tzinfo=UTC))
    '2026-01-31T12:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> str:
    """Return the time as text."""
    return written(datetime.now(UTC))


def ago(span: timedelta) -> str:
    """Return the time `span` before now as text."""
    return written(datetime.now(UTC) - span)
