"""A frozen record of which some fields are made when somebody first looks at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self


class Deferred:
    """Base of such records: `deferred` makes one, and to a reader it is like any other.

    A field that is not there yet is made by `later`, called with its name, and kept. It must have no default,
    for that would be found in its place. Comparing, writing and copying look at every field, so they see the
    whole record.
    """

    @classmethod
    def deferred(cls, later: Callable[[str], Any], **fields: Any) -> Self:
        """Make a record from the fields that are known; `later` makes each of the others."""
        record = object.__new__(cls)
        record.__dict__.update(fields)
        record.__dict__["_later"] = later
        return record

    def __getattr__(self, name: str) -> Any:
        """Make a field that is not there yet."""
        later = self.__dict__.get("_later")
        if later is None or name not in getattr(type(self), "__dataclass_fields__", ()):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        value = later(name)
        self.__dict__[name] = value
        return value

    def __getstate__(self) -> dict[str, Any]:
        """Return every field, made: who copies a record or sends it away wants all of it."""
        return {name: getattr(self, name) for name in getattr(type(self), "__dataclass_fields__", ())}
