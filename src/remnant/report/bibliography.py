"""From what ran to what must be cited: marks in the methods become numbers, a list, and BibTeX.

A sentence of the methods names its paper where it uses it, as `[@clopper1934]`. So what is cited is what ran.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from markupsafe import Markup

from remnant.analysis.findings import Findings
from remnant.report import fit_methods, methods
from remnant.report.papers import PAPERS, Paper

MARK = re.compile(r"\[(@[a-z0-9]+(?:; @[a-z0-9]+)*)\]")
PROGRAM = "remnant"
SPECIAL = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$"}

Sections = Sequence[tuple[str, Sequence[str]]]


def sections_of(findings: Findings) -> list[tuple[str, list[str]]]:
    """Return the methods of a study and of its forecast, heading by heading, with marks."""
    return methods.sections(findings) + ([] if findings.fit is None else fit_methods.short(findings.fit))


def cited(sections: Sections) -> list[str]:
    """Return the keys of the papers that methods cite, in the order in which they do.

    Examples
    --------
    >>> cited([("FISH", ["Exact limits [@clopper1934].", "So [@rogan1978; @clopper1934]."])])
    ['clopper1934', 'rogan1978']
    """
    found = (key for _, texts in sections for text in texts for key in _keys(text))
    return list(dict.fromkeys(found))


def _keys(text: str) -> Iterable[str]:
    return (key.strip("@ ") for marks in MARK.findall(text) for key in marks.split(";"))


def numbered(text: str, keys: Sequence[str]) -> Markup:
    """Write the marks of a text as numbers that lead to the list; the text itself is escaped.

    Examples
    --------
    >>> print(numbered("Exact limits [@clopper1934].", ["hu2009", "clopper1934"]))
    Exact limits [<a href="#ref-2">2</a>].
    """
    made, last = Markup(""), 0
    for found in MARK.finditer(text):
        places = [keys.index(key.strip("@ ")) + 1 for key in found[1].split(";")]
        links = Markup(", ").join(Markup('<a href="#ref-{0}">{0}</a>').format(place) for place in places)
        made += Markup.escape(text[last : found.start()]) + Markup("[{}]").format(links)
        last = found.end()
    return made + Markup.escape(text[last:])


def listed(keys: Sequence[str]) -> list[str]:
    """Return the entries of the list, in the order of the numbers."""
    program = f"The remnant authors. remnant, version {version('remnant')}. Software, BSD-3-Clause."
    return [program if key == PROGRAM else PAPERS[key].words() for key in keys]


def bibtex_of(findings: Findings) -> str:
    """Return as BibTeX every paper that the methods of a study cite, and the program itself.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    """
    return bibtex(cited(sections_of(findings)))


def bibtex(keys: Sequence[str]) -> str:
    """Return the entries of these keys as BibTeX."""
    return "\n".join(_software() if key == PROGRAM else _entry(PAPERS[key]) for key in keys)


def _software() -> str:
    # A team is one author: the braces keep BibTeX from taking it for a name.
    fields = {
        "author": "{The remnant authors}",
        "title": "{remnant}",
        "version": version("remnant"),
        "note": "BSD-3-Clause",
    }
    return _written("software", PROGRAM, fields)


def _entry(paper: Paper) -> str:
    preprint = paper.journal.startswith("arXiv")
    fields = {
        "author": " and ".join(_author(name) for name in paper.authors),
        "title": f"{{{_safe(paper.title)}}}",
        "journal": "" if preprint else _safe(paper.journal),
        "eprint": paper.journal.removeprefix("arXiv:") if preprint else "",
        "archiveprefix": "arXiv" if preprint else "",
        "year": str(paper.year),
        "volume": paper.volume,
        "pages": paper.pages.replace("-", "--"),
        "doi": paper.doi,
    }
    return _written("misc" if preprint else "article", paper.key, fields)


def _author(name: str) -> str:
    """Part the initials: `BD` would be taken for a name of its own."""
    family, _, initials = name.partition(", ")
    return f"{family}, {' '.join(f'{letter}.' for letter in initials)}" if initials else family


def _written(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}", ""])


def _safe(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in text)
