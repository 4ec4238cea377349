"""Colours and words of a gating strategy: a ramp of even lightness, outlines that keep apart, text that fits.

The ramp has one hue and its lightness falls in even steps, as seen by eye (OKLab), so that it reads the same
for the colour-blind and on a grey print. Outlines are told apart by colour, dash and their written name.

References
----------
Ottosson (2020) A perceptual color space for image processing, https://bottosson.github.io/posts/oklab/.
"""

from __future__ import annotations

import re
from html import escape

import numpy as np
from numpy.typing import NDArray

from remnant.figures.theme import FONT, INK, LINE, MUTED

LEVELS = 12
# Fewest and most events per bin, by day and by night.
RAMP_ENDS = {"day": ("#cbd7e3", "#10304f"), "night": ("#2d4257", "#e3eef8")}
GATE_COLOURS = {
    "day": ("#a81f3d", "#1b6cab", "#1f7a70", "#c9510c", "#6a4fa3", "#5f5200"),
    "night": ("#f07c93", "#6cb1e6", "#5cc0b3", "#f28a4b", "#b7a1ea", "#d8c75a"),
}
DASHES = ("", "7 3", "2 2.5")  # once all colours are used, the next dash
BODY, SMALL = 12.0, 11.5  # pixels; 12 are 9 points
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|!()[]/ -·"), frozenset("mwMWGOQ@%+±")
# Characters that XML 1.0 has no way to write.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TO_CONE = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(colour: str) -> NDArray[np.float64]:
    """Lightness and the two hues of a colour written as #rrggbb."""
    code = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return np.asarray(_TO_LAB @ np.cbrt(_TO_CONE @ linear))


def _written(lab: NDArray[np.float64]) -> str:
    linear = np.clip(np.linalg.solve(_TO_CONE, np.linalg.solve(_TO_LAB, lab) ** 3), 0, 1)
    code = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * part):02x}" for part in code.tolist())


def ramp(first: str, last: str, levels: int = LEVELS) -> tuple[str, ...]:
    """Colours from `first` to `last` in steps that look even.

    Examples
    --------
    >>> ramp("#000000", "#ffffff", 3)
    ('#000000', '#636363', '#ffffff')
    """
    start, end = oklab(first), oklab(last)
    return tuple(_written(start + share * (end - start)) for share in np.linspace(0, 1, levels))


def style(time: str = "day") -> str:
    """Return the rules of a drawing: its classes are the same by day and by night, its colours are not."""
    ink, muted, line, paper = (
        (INK, MUTED, LINE, "#ffffff") if time == "day" else ("#e4e8ec", "#9aa6b2", "#3d4752", "#12161b")
    )
    rules = [
        f".k{{fill:{ink}}}.m{{fill:{muted}}}.l{{stroke:{line};fill:none}}.a{{stroke:{muted};fill:none}}",
        f".w{{fill:{paper}}}.h{{stroke:{paper};stroke-width:3;stroke-linejoin:round;paint-order:stroke}}",
    ]
    colours = ramp(*RAMP_ENDS[time])
    rules += [f".d{n}{{stroke:{colour}}}" for n, colour in enumerate(colours)]
    rules.append(f".f{{fill:{colours[LEVELS // 3]};stroke:{colours[2 * LEVELS // 3]}}}")
    for n, colour in enumerate(GATE_COLOURS[time]):
        rules.append(f".g{n}{{stroke:{colour}}}.t{n}{{fill:{colour}}}")
    return "".join(rules)


def fonts() -> str:
    """Return the attributes of the outermost element: every text inherits them."""
    return f'font-family="{escape(FONT)}" font-size="{BODY:g}"'


def gate_class(number: int) -> str:
    """Class of an outline, by its place among those of its plot."""
    return f"g{number % len(GATE_COLOURS['day'])}"


def text_class(number: int) -> str:
    """Class of the name beside an outline."""
    return f"t{number % len(GATE_COLOURS['day'])}"


def dash(number: int) -> str:
    """Attribute that dashes an outline once every colour is taken."""
    pattern = DASHES[number // len(GATE_COLOURS["day"]) % len(DASHES)]
    return f' stroke-dasharray="{pattern}"' if pattern else ""


def clean(text: str) -> str:
    r"""Escape text for XML; a character that XML cannot hold is shown as unknown.

    Examples
    --------
    >>> clean("CD34<&>\x00")
    'CD34&lt;&amp;&gt;�'
    """
    return escape(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text))


def text_width(text: str, size: float = BODY) -> float:
    """Width of a line in pixels, on the wide side: the reader's font is not known here."""
    wide = sum(c in _WIDE or c.isupper() for c in text)
    narrow = sum(c in _NARROW for c in text)
    return size * (0.61 * len(text) + 0.12 * wide - 0.22 * narrow)


def fit(text: str, room: float, size: float = BODY) -> str:
    """Shorten text to a width in pixels, from its middle: the names of siblings differ at their ends.

    Examples
    --------
    >>> fit("lineage negative CD34 positive", 107)
    'lineage…positive'
    """
    text = text.strip() or text  # blanks at the ends tell nothing
    if text_width(text, size) <= room:
        return text
    few, many = 1, len(text)  # kept letters that fit, and that do not
    while many - few > 1:
        kept = (few + many) // 2
        few, many = (kept, many) if text_width(_without_middle(text, kept), size) <= room else (few, kept)
    return _without_middle(text, few)


def _without_middle(text: str, kept: int) -> str:
    return f"{text[: (kept + 1) // 2].rstrip()}…{text[len(text) - kept // 2 :].lstrip()}"


def wrap(text: str, room: float, lines: int, size: float = BODY) -> list[str]:
    """Break text into lines of a width in pixels; what does not fit ends in an ellipsis."""
    broken: list[str] = []
    for word in text.split():
        longer = f"{broken[-1]} {word}" if broken else word
        if broken and text_width(longer, size) <= room:
            broken[-1] = longer
        else:
            broken.append(fit(word, room, size))
    if len(broken) > lines:
        broken = [*broken[: lines - 1], fit(broken[lines - 1], room - size) + " …"]
    return broken


def many(number: int, thing: str) -> str:
    """Count things in words.

    Examples
    --------
    >>> many(1, "gate"), many(1234, "event")
    ('1 gate', '1,234 events')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """Write a share in percent with three figures, and a share of nothing as a dash.

    Examples
    --------
    >>> [share(*pair).split()[0] for pair in ((50, 6077), (3, 1000000), (99999, 100000), (0, 5), (0, 0))]
    ['0.823', '0.0003', '>', '0', '–']
    """
    if whole == 0:
        return "–"
    if part == 0:
        return "0\N{NO-BREAK SPACE}%"
    percent = 100 * part / whole
    digits = max(0, 2 - int(np.floor(np.log10(percent))))
    text = f"{percent:.{digits}f}" if percent >= 0.01 else f"{percent:.{digits - 1}f}".rstrip("0")
    if part < whole and float(text) >= 100:
        text = ">\N{NO-BREAK SPACE}99.9"  # not all: it must not read as if it were
    return f"{text}\N{NO-BREAK SPACE}%"
