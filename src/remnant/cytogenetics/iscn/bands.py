"""Which bands each arm of a chromosome has."""

from __future__ import annotations

import re
from functools import cache

# Bands of the 850-band idiogram (ISCN 2016), each with the last of its sub-bands: 11.2 has 11.1 and 11.2.
BANDS = {
    "1p": "10 11.2 12 13.3 21.3 22.3 31.3 32.3 33 34.3 35.3 36.3",
    "1q": "10 11 12 21.3 22 23.3 24.3 25.3 31.3 32.3 41 42.3 43 44",
    "2p": "10 11.2 12 13.3 14 15 16.3 21.3 22.3 23.3 24.3 25.3",
    "2q": "10 11.2 12.3 13 14.3 21.3 22.3 23.3 24.3 31.3 32.3 33.3 34 35 36.3 37.3",
    "3p": "10 11.2 12.3 13 14.3 21.3 22.3 23 24.3 25.3 26.3",
    "3q": "10 11.2 12.3 13.3 21.3 22.3 23 24 25.3 26.3 27.3 28 29",
    "4p": "10 11 12 13 14 15.3 16.3",
    "4q": "10 11 12 13.3 21.3 22.3 23 24 25 26 27 28.3 31.3 32.3 33 34.3 35.2",
    "5p": "10 11 12 13.3 14.3 15.3",
    "5q": "10 11.2 12.3 13.3 14.3 15 21.3 22.3 23.3 31.3 32 33.3 34 35.3",
    "6p": "10 11.2 12.3 21.3 22.3 23 24 25.3",
    "6q": "10 11.2 12 13 14.3 15 16.3 21.3 22.3 23.3 24.3 25.3 26 27",
    "7p": "10 11.2 12.3 13 14.3 15.3 21.3 22.3",
    "7q": "10 11.2 21.3 22.3 31.3 32.3 33 34 35 36.3",
    "8p": "10 11.2 12 21.3 22 23.3",
    "8q": "10 11.2 12.3 13.3 21.3 22.3 23.3 24.3",
    "9p": "10 11.2 12 13.3 21.3 22.3 23 24.3",
    "9q": "10 11 12 13 21.3 22.3 31.3 32 33.3 34.3",
    "10p": "10 11.2 12.3 13 14 15.3",
    "10q": "10 11.2 21.3 22.3 23.3 24.3 25.3 26.3",
    "11p": "10 11.2 12 13 14.3 15.5",
    "11q": "10 11 12.3 13.5 14.3 21 22.3 23.3 24.3 25",
    "12p": "10 11.2 12.3 13.3",
    "12q": "10 11 12 13.3 14.3 15 21.3 22 23.3 24.3",
    "13p": "10 11.2 12 13",
    "13q": "10 11 12.3 13.3 14.3 21.3 22.3 31.3 32.3 33.3 34",
    "14p": "10 11.2 12 13",
    "14q": "10 11.2 12 13.3 21.3 22.3 23.3 24.3 31.3 32.3",
    "15p": "10 11.2 12 13",
    "15q": "10 11.2 12 13.3 14 15.3 21.3 22.3 23 24.3 25.3 26.3",
    "16p": "10 11.2 12.3 13.3",
    "16q": "10 11.2 12.2 13 21 22.3 23.3 24.3",
    "17p": "10 11.2 12 13.3",
    "17q": "10 11.2 12 21.3 22 23.3 24.3 25.3",
    "18p": "10 11.3",
    "18q": "10 11.2 12.3 21.3 22.3 23",
    "19p": "10 11 12 13.3",
    "19q": "10 11 12 13.4",
    "20p": "10 11.2 12.3 13",
    "20q": "10 11.2 12 13.3",
    "21p": "10 11.2 12 13",
    "21q": "10 11.2 21.3 22.3",
    "22p": "10 11.2 12 13",
    "22q": "10 11.2 12.3 13.3",
    "Xp": "10 11.4 21.3 22.3",
    "Xq": "10 11.2 12 13.3 21.3 22.3 23 24 25 26.3 27.3 28",
    "Yp": "10 11.3",
    "Yq": "10 11.2 12",
}
POINT = re.compile(r"([pq])([0-9]+)(?:\.([0-9]))?")


@cache
def bands_of(arm: str) -> dict[str, int]:
    """Bands of an arm, as "5q", each with the number of its last sub-band, 0 for none."""
    pairs = (band.partition(".") for band in BANDS[arm].split())
    return {band: int(last or 0) for band, _, last in pairs}


def is_band(chromosome: str, point: str) -> bool:
    """Whether a breakpoint lies on the chromosome; a region alone, as q3, does where a band begins so.

    Examples
    --------
    >>> is_band("5", "q31.1"), is_band("5", "q99"), is_band("20", "q3")
    (True, False, False)
    """
    return all(
        any(band.startswith(number[:2]) for band in bands_of(chromosome + arm))
        for arm, number, _ in POINT.findall(point)
    )


def is_subband(chromosome: str, point: str) -> bool:
    """Whether the map of 850 bands shows the sub-band; finer digits are not looked at."""
    for arm, number, digit in POINT.findall(point):
        last = bands_of(chromosome + arm).get(number[:2], 0)
        finer = int(digit or number[2:3] or 0)
        if finer > last:
            return False
    return True
