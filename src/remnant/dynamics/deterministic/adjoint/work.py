"""Rows of the table that one step fills: values, and in a second table of the same shape their cotangents.

Columns are clones, but for SUM (load and its rise) and PATH (powers of the load on the step).
"""

WIDTH = 4

# A look at the stems: what they are, renew and change by under the law of the step, and in SUM their load.
Q, A, RENEWED, RESTING, CYCLING, TURNING, SUM = range(7)
_LOOK = 7
# A pass over the step: the load that was assumed, and what it made of the stems at the end.
(
    PATH,
    MEAN,
    MOMENT,
    LEAN,
    EVEN,
    ODD,
    GAP,
    SQUARE,
    UPPER,
    LOWER,
    QQ,
    QA,
    AQ,
    AA,
    Q_HALF,
    A_HALF,
    Q_END,
    A_END,
    A_MIDDLE,
) = range(19)
_PASS = 19

START, TRIED, END = 0, _LOOK, 2 * _LOOK  # looks; TRIED is the end of the first of two passes
FIRST, LAST = 3 * _LOOK, 3 * _LOOK + _PASS  # passes
MIDDLE = 3 * _LOOK + 2 * _PASS  # A in the middle of the step
AMID = MIDDLE + 1  # self-renewal there
FLOW = AMID + 1  # the inflow of progenitors by powers, c_4 first
ROWS = FLOW + 5
