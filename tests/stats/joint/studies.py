"""Studies to fit in tests: as many visits, slides and nuclei as asked for, nothing counted yet."""

import numpy as np

from remnant.stats.joint.model import BULK, NOTHING, PROGENITOR, STEM, Slides


def study(patients, *, days=(-5, 200), stem=20, progenitor=100, bulk=0, re_run=0):
    """Slides of every patient at the same days, phase 0 before day 0; a compartment of 0 nuclei has none."""
    nuclei = {STEM: stem, PROGENITOR: progenitor, BULK: bulk}
    each = [compartment for compartment, count in nuclei.items() if count]
    visits = patients * len(days)
    day = np.tile(np.asarray(days, float), patients)
    events = np.zeros((visits, 3), int)
    events[:, each] = re_run
    events[:, BULK] = 0
    scored = np.tile([nuclei[c] for c in each], visits).astype(int)
    return Slides(
        patient=np.repeat(np.arange(patients), len(days)),
        day=day,
        phase=(day > 0).astype(int) if min(days) < 0 else np.zeros(visits, int),
        visit=np.repeat(np.arange(visits), len(each)),
        compartment=np.tile(each, visits).astype(int),
        abnormal=np.zeros_like(scored),
        scored=scored,
        inside=np.zeros((visits, 3), int),
        events=events,
        contaminant=np.tile([PROGENITOR, BULK, NOTHING], (visits, 1)),
    )
