"""Who placed a cut and why, carried in the custom information of a Gating-ML file."""

from __future__ import annotations

from dataclasses import dataclass, fields

from remnant.cytometry.gatefiles.xml_reader import Element

REMNANT = "urn:remnant:review:1"
REVIEW = "review"


@dataclass(frozen=True)
class CutNote:
    """One cut that a person placed; every part is text, as it was typed.

    Parameters
    ----------
    marker, cut : str
        What was cut, and where on the compensated scale.
    automatic : str
        Where the recipe had cut; empty where it could not.
    reviewer, reviewed_on, reason : str
        Who, when and why.
    """

    marker: str
    cut: str
    automatic: str
    reviewer: str
    reviewed_on: str
    reason: str

    @property
    def sentence(self) -> str:
        """Say it in a line."""
        where = f"from {self.automatic}" if self.automatic else "where the recipe had none"
        return (
            f"{self.marker} cut moved by {self.reviewer} on {self.reviewed_on} {where} to {self.cut}: "
            f"{self.reason}"
        )


def read_cut_notes(element: Element) -> tuple[CutNote, ...]:
    """Read the notes in a `custom_info` element; what others wrote there is passed over."""
    names = [item.name for item in fields(CutNote)]
    return tuple(
        CutNote(**{name: child.attributes.get(f"{{{REMNANT}}}{name}", "") for name in names})
        for child in element.children
        if child.name == f"{{{REMNANT}}}{REVIEW}"
    )
