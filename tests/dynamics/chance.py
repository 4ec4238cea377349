"""The chance of stem cells once more, from the equations on paper: slow, and meant to be obviously right.

Written from the model's equations alone, one cell type and one event at a time, and sharing nothing with the
engines. One list of events says what the model is; a simulation event by event, equations of the moments, the
generating function and the master equation each follow from it by a textbook.

Types: 2 clone + 0 (quiescent) or + 1 (active), for clones 0 normal, 1 malignant, 2 resistant, and 6 + clone
(progenitors). Months.
"""

import math
from collections import Counter

import numpy as np
from scipy.integrate import solve_ivp

TYPES = 9
STEMS = range(2, 6)  # of the clone


def events(p, drugs, doses, signal, division="symmetric", progenitor_births=0.0):
    """All that can happen to one cell: (its type, rate per month, the cells it leaves), for plain numbers.

    `p` is a `Parameters` record, `drugs` some `Effect` records and `doses` one number for each.
    """
    happen = []
    for clone in range(3):
        felt = [d.sensitivity if clone == 2 else 1.0 for d in drugs]
        quiescent, active, early = 2 * clone, 2 * clone + 1, 6 + clone
        dosed = [(d, u * share) for d, u, share in zip(drugs, doses, felt, strict=True)]
        if clone == 0:
            wake = p.activation_normal * (1 + sum(d.normal_activation * u for d, u in dosed))
            kill_q, kill_a, turned = 0.0, sum(d.normal_active_kill * u for d, u in dosed), 0.0
            kill_p = sum(d.normal_progenitor_kill * u for d, u in dosed)
            divide, advantage = p.division / p.active, 0.0
        else:
            wake = p.activation_malignant * (1 + sum(d.activation * u for d, u in dosed))
            kill_q = sum(d.quiescent_kill * u for d, u in dosed)
            kill_a = sum(d.active_kill * u for d, u in dosed)
            kill_p = sum(d.progenitor_kill * u for d, u in dosed)
            turned = sum(d.differentiation * u for d, u in dosed)
            divide, advantage = p.vigour * p.division / p.active, p.advantage
        rest = p.activation_normal * (1 - p.active) / p.active
        renew = min(1.0, (1 + advantage) * signal / 2) * math.exp(-turned)
        mu = p.mutation if clone == 1 else 0.0
        happen += [
            (quiescent, wake, (active,)),
            (quiescent, kill_q, ()),
            (active, rest, (quiescent,)),
            (active, kill_a, ()),
            (early, progenitor_births, (early, early)),
            (early, progenitor_births + p.progenitor_loss + kill_p, ()),
        ]
        if division == "symmetric":
            happen += [
                (active, divide * renew * (1 - mu), (active, active)),
                (active, divide * renew * mu, (active, active + 2)),
                (active, divide * (1 - renew), (early, early)),
            ]
        else:  # each daughter stays active by itself; at most one is resistant, mu renew of them on average
            both, one = renew * renew, 2 * renew * (1 - renew)
            happen += [
                (active, divide * both * (1 - mu), (active, active)),
                (active, divide * both * mu, (active, active + 2)),
                (active, divide * one * (1 - mu / 2), (active, early)),
                (active, divide * one * mu / 2, (active + 2, early)),
                (active, divide * (1 - renew) ** 2, (early, early)),
            ]
    return [(kind, rate, left) for kind, rate, left in happen if rate > 0]


def niche(p, load):
    """The signal at a load of stem cells, in healthy pools."""
    return (1 + p.feedback) / (1 + p.feedback * load)


def simulate(cells, edges, lists, rng):
    """Follow one marrow event by event; their list changes on the edges. Return the cells at the end."""
    cells = list(cells)
    for start, end, happen in zip(edges[:-1], edges[1:], lists, strict=True):
        now = start
        while True:
            rates = [rate * cells[kind] for kind, rate, _ in happen]
            total = math.fsum(rates)
            if total == 0:
                break
            now += rng.expovariate(total)
            if now > end:
                break
            (kind, _, left) = rng.choices(happen, rates)[0]
            cells[kind] -= 1
            for made in left:
                cells[made] += 1
    return cells


def simulate_crowded(cells, p, drugs, edges, doses, stem_cells, rng, division="symmetric"):
    """As `simulate`, in a niche that hears every stem cell: the events change with each of them."""
    cells = list(cells)
    for start, end, dose in zip(edges[:-1], edges[1:], doses, strict=True):
        now = start
        while sum(cells[:6]):
            happen = events(p, drugs, dose, niche(p, sum(cells[:6]) / stem_cells), division)
            rates = [rate * cells[kind] for kind, rate, _ in happen]
            total = math.fsum(rates)
            if total == 0:
                break
            now += rng.expovariate(total)
            if now > end:
                break
            (kind, _, left) = rng.choices(happen, rates)[0]
            cells[kind] -= 1
            for made in left:
                cells[made] += 1
    return cells


def moments(cells, edges, lists):
    """Mean (9,) and covariance (9, 9) at the end, from fixed founders, by the equations of the moments.

    An event of type j at rate k per cell changes the cells by v: the mean moves by k v m_j, and the
    covariance C by A C + C A' + sum k m_j v v', where A = sum k v e_j'.
    """
    mean, covariance = np.array(cells, float), np.zeros((TYPES, TYPES))
    for start, end, happen in zip(edges[:-1], edges[1:], lists, strict=True):
        drift, changes = np.zeros((TYPES, TYPES)), []
        for kind, rate, left in happen:
            v = np.zeros(TYPES)
            v[kind] -= 1
            for made, count in Counter(left).items():
                v[made] += count
            drift[:, kind] += rate * v
            changes.append((kind, rate * np.outer(v, v)))

        def slope(_, y, drift=drift, changes=changes):
            m, c = y[:TYPES], y[TYPES:].reshape(TYPES, TYPES)
            noise = sum(m[kind] * spread for kind, spread in changes)
            return np.concatenate([drift @ m, (drift @ c + c @ drift.T + noise).ravel()])

        first = np.concatenate([mean, covariance.ravel()])
        y = solve_ivp(slope, (start, end), first, method="DOP853", rtol=1e-10, atol=1e-12).y[:, -1]
        mean, covariance = y[:TYPES], y[TYPES:].reshape(TYPES, TYPES)
    return mean, covariance


def generating(marks, edges, lists):
    """Generating functions at `marks` (9, points) of the family of one cell of each type at the first edge.

    -dG_i/dt = sum_j k_ij (product of the G of what it leaves - G_i), with G = marks at the end. Marks of 0
    give the chance that no member is left, roots of unity by Fourier the chance of each number.
    """
    g = np.array(marks, complex)
    shape = g.shape
    for start, end, happen in zip(edges[-2::-1], edges[:0:-1], lists[::-1], strict=True):

        def slope(_, y, happen=happen):
            g = y.reshape(shape)
            out = np.zeros(shape, complex)
            for kind, rate, left in happen:
                product = np.ones(shape[1], complex)
                for made in left:
                    product = product * g[made]
                out[kind] += rate * (product - g[kind])
            return out.ravel()

        g = solve_ivp(slope, (0, end - start), g.ravel(), method="DOP853", rtol=1e-10, atol=1e-12).y[:, -1]
        g = g.reshape(shape)
    return g


def extinction(edges, lists, matter=STEMS):
    """Chance, for one cell of each type, that no cell of the types that matter is left at the end."""
    marks = np.ones((TYPES, 1))
    marks[list(matter)] = 0.0
    return generating(marks, edges, lists)[:, 0].real


def distribution(kinds, cells, edges, lists, size):
    """Chances of 0, 1, ... size - 1 cells of `kinds` together at the end, from `cells` at the start."""
    roots = np.exp(-2j * np.pi * np.arange(size) / size)
    marks = np.ones((TYPES, size), complex)
    marks[list(kinds)] = roots
    g = np.prod(generating(marks, edges, lists) ** np.array(cells)[:, None], axis=0)
    return np.fft.ifft(g).real


def crowded_chances(quiescent, active, p, drugs, edges, doses, stem_cells, size):
    """Master equation of the malignant clone alone in its niche: P[Q, A], both below `size`."""
    state = np.zeros((size, size))
    state[quiescent, active] = 1.0
    for start, end, dose in zip(edges[:-1], edges[1:], doses, strict=True):
        terms = []
        for load in range(1, 2 * size - 1):
            happen = events(p, drugs, dose, niche(p, load / stem_cells))
            where = np.argwhere(np.add.outer(np.arange(size), np.arange(size)) == load)
            for kind, rate, left in happen:
                if kind not in (2, 3):
                    continue
                step = np.array([left.count(2) - (kind == 2), left.count(3) - (kind == 3)])
                per = rate * where[:, kind - 2]
                to = where + step
                inside = np.all(to < size, axis=1) & (per > 0)
                terms.append((where[per > 0], to[inside], per[per > 0], per[inside], where[inside]))
        out = [np.concatenate([term[i] for term in terms]) for i in range(5)]
        leave, to, rate, moved, origin = (o.astype(int) if o.ndim == 2 else o for o in out)
        leave, to, origin = (x[:, 0] * size + x[:, 1] for x in (leave, to, origin))

        def slope(_, y, leave=leave, to=to, rate=rate, moved=moved, origin=origin):
            gain = np.bincount(to, moved * y[origin], minlength=size * size)
            return gain - np.bincount(leave, rate * y[leave], minlength=size * size)

        state = solve_ivp(slope, (start, end), state.ravel(), rtol=1e-8, atol=1e-12).y[:, -1]
        state = state.reshape(size, size)
    return state
