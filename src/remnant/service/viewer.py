"""Who asks, and what that person may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from remnant.errors import Fault, Refused

Role = Literal["none", "viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may
MEANING = {
    "none": "sees nothing",
    "viewer": "reads studies and results",
    "editor": "also changes studies and starts jobs",
    "admin": "also decides who may do what",
}


@dataclass(frozen=True)
class Viewer:
    """Who asks.

    Parameters
    ----------
    name : str
        As the audit trail calls them.
    role : str
        What they may do: nothing, look, edit, or decide who may.
    """

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Say whether this person may do what `role` may.

        Examples
        --------
        >>> Viewer("anna", "editor").may("viewer"), Viewer("anna", "editor").may("admin")
        (True, False)
        """
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Viewer("local", "admin")  # whoever sits at this machine, as long as nobody has a token
NOBODY = Viewer("nobody", "none")


def as_role(text: str) -> Role:
    """Return a role as the store keeps it."""
    assert text in ROLES
    return text


def need(viewer: Viewer, role: Role) -> None:
    """Go on only for a viewer who may do what `role` may.

    Raises
    ------
    Refused
        If the viewer may not.
    """
    if not viewer.may(role):
        known = viewer.role != "none"
        found = f"the role {viewer.role}" if known else "nobody who is known here"
        give = f"remnant people role NAME {role}" if known else f"remnant people add NAME --role {role}"
        hint = f"ask an admin of this server, who can give it: {give}"
        raise Refused([Fault("your role", None, "", found, f"the role {role}, which {MEANING[role]}", hint)])
