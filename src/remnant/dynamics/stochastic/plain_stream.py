"""A patient's stream of chance, read number by number from NumPy's own Philox: for the twin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass
class Stream:
    """Numbers in (0, 1) from NumPy's own Philox."""

    seed_key: int
    patient: int
    draw: int = 0
    read: int = 0
    purpose: int = 1

    def uniform(self) -> float:
        """Read the next number."""
        counter = self.purpose << 128 | self.draw << 64 | self.read // 4
        generator = np.random.Philox(counter=(counter - 1) % 2**256, key=self.patient << 64 | self.seed_key)
        word = int(generator.random_raw(4)[self.read % 4])
        self.read += 1
        return ((word >> 12) + 0.5) * 2.0**-52

    def exponential(self) -> float:
        """Read the next number as an exponential time."""
        return -math.log(self.uniform())

    def whole(self, value: float) -> float:
        """Round up or down so that the mean stays."""
        near = math.floor(value + 0.5)
        if abs(value - near) <= 1e-9 * max(1.0, value):
            return near
        return math.floor(value) + (self.uniform() < value - math.floor(value))
