"""Rows of a balance whose numbers stand some lines off, seen from the years before and after.

A shift within the branches keeps every sum, so that no identity shows it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_LINES = 2
LEAST_ROWS = 5
UNLIKE, ALIKE = float(np.log(2.0)), 0.35
"""Mean distance in ln of the rows from their neighbours as they stand, at least, and the part of it that may be left
once they are moved back."""
FAR = float(np.log(10.0))
"""Largest distance that counts for a row, and that of a row that is empty on one side."""


def shifted_block(before: FloatArray, now: FloatArray, after: FloatArray) -> tuple[int, int, int] | None:
    """Return first row, last row and lines (down above 0) of a block of rows that fits the other years moved back.

    Parameters
    ----------
    before, now, after
        Energy of three years [row] in the order of the file.

    Examples
    --------
    >>> level = np.array([3.0, 40, 7, 200, 11, 90])
    >>> shifted_block(level, np.roll(level, 1), level * 1.1)
    (0, 5, 1)
    >>> shifted_block(level, level * 1.05, level * 1.1)
    """
    middle = (before + after) / 2
    rows = len(now)
    best: tuple[float, tuple[int, int, int]] | None = None
    for lines in [*range(1, MOST_LINES + 1), *range(-MOST_LINES, 0)]:
        # the number of row i belongs to row i − lines
        start, stop = max(lines, 0), rows + min(lines, 0)
        own, there = (
            _distances(now, middle)[start:stop],
            _distances(now[start:stop], middle[start - lines : stop - lines]),
        )
        block = _largest(own - there)
        if block is None or block[1] - block[0] + 1 < LEAST_ROWS:
            continue
        at = slice(block[0], block[1] + 1)
        if own[at].mean() < UNLIKE or there[at].mean() > ALIKE * own[at].mean():
            continue
        saved = float((own - there)[at].sum())
        if best is None or saved > best[0]:
            # with the rows whose numbers were pushed to the other end
            best = (
                saved,
                (block[0] + min(start - lines, start), block[1] + max(start - lines, start), lines),
            )
    return None if best is None else best[1]


def _distances(now: FloatArray, middle: FloatArray) -> FloatArray:
    """Distance in ln of each row from `middle`."""
    some, both = (now > 0) | (middle > 0), (now > 0) & (middle > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(both, np.minimum(np.abs(np.log(now / middle)), FAR), np.where(some, FAR, 0.0))


def _largest(gain: Sequence[float] | FloatArray) -> tuple[int, int] | None:
    """First and last index of the run with the largest positive sum."""
    best, found, run, start = 0.0, None, 0.0, 0
    for i, value in enumerate(gain):
        if run <= 0.0:
            run, start = 0.0, i
        run += float(value)
        if run > best:
            best, found = run, (start, i)
    return found
