"""Cells of a balance against the years before and after: spikes and cells that have exchanged their numbers."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

SPIKE = 4.0
"""A cell beyond this factor of both neighbours is a spike, if the neighbours agree within `AGREE`."""
AGREE = 2.0
NEAR = 1.5
"""Factor within which exchanged spikes take each other's place."""
STEADY, OFF, FITS = 1.5, 1.6, 1.25
"""Cells of a lesser ratio are exchanged where the neighbours of each agree within `STEADY`, both are off them by `OFF`,
and each lies within `FITS` of where the other was."""
FROZEN = 1e-4
"""Largest change of a branch's share of a fuel at which the split counts as carried over from the year
before."""
BRANCHES = 3
MOVED = 0.1
"""Share of the branches that may have moved in a split carried over; one may in any."""


def spikes(before: FloatArray, now: FloatArray, after: FloatArray) -> BoolArray:
    """Return the cells beyond `SPIKE` of both neighbours, below both or of another sign, where the neighbours agree.

    Parameters
    ----------
    before, now, after
        Numbers of three years [cell].

    Examples
    --------
    >>> spikes(*(np.array(v) for v in ([20.0, 20.0, 20.0], [300.0, 30.0, 0.0], [26.0, 300.0, 26.0]))).tolist()
    [True, False, True]
    """
    low, high = _ends(before, after)
    agree = (low > 0) & (high <= AGREE * low) & (np.sign(before) == np.sign(after))
    size = np.abs(now)
    turned = (np.sign(now) != np.sign(before)) & (now != 0)
    return np.asarray(agree & ((size > SPIKE * high) | (size < low / SPIKE) | turned))


def out_of_place(before: FloatArray, now: FloatArray, after: FloatArray) -> BoolArray:
    """Return the cells beyond `SPIKE` of both neighbours, or below both, whether these agree or not.

    A number in a row that is empty before and after, or an empty cell between numbers.

    Parameters
    ----------
    before, now, after
        Numbers of three years [cell].
    """
    low, high = _ends(before, after)
    return np.asarray((np.abs(now) > SPIKE * high) | (np.abs(now) < low / SPIKE))


def exchanged(
    before: FloatArray, now: FloatArray, after: FloatArray, visible: BoolArray
) -> list[tuple[int, int]]:
    """Return the pairs of cells whose numbers fit each other's neighbours; a cell is in one pair.

    Parameters
    ----------
    before, now, after
        Numbers of three years [cell], of one unit of print.
    visible
        Cells that are large enough.

    Examples
    --------
    >>> a, b, c = (np.array(v) for v in ([100.0, 60.0, 9.0], [61.0, 102.0, 9.0], [101.0, 62.0, 9.0]))
    >>> exchanged(a, b, c, np.full(3, True))
    [(0, 1)]
    """
    middle, size = np.abs(before + after) / 2, np.abs(now)
    found: list[tuple[int, int]] = []
    taken: set[int] = set()
    for cells, within in ((spikes(before, now, after), NEAR), (_off_steady(before, now, after), FITS)):
        chosen = [int(i) for i in np.flatnonzero(cells & visible)]
        for n, i in enumerate(chosen):
            for j in chosen[n + 1 :]:
                if {i, j} & taken or not (
                    _alike(size[i], middle[j], within) and _alike(size[j], middle[i], within)
                ):
                    continue
                found.append((i, j))
                taken |= {i, j}
    return found


def out_of_order(before: FloatArray, now: FloatArray, after: FloatArray) -> BoolArray:
    """Return the cells that may have exchanged their number: spikes, and those off neighbours that hardly differ.

    Parameters
    ----------
    before, now, after
        Numbers of three years [cell].
    """
    return spikes(before, now, after) | _off_steady(before, now, after)


def _off_steady(before: FloatArray, now: FloatArray, after: FloatArray) -> BoolArray:
    low, high = _ends(before, after)
    middle, size = np.abs(before + after) / 2, np.abs(now)
    steady = (low > 0) & (high <= STEADY * low) & (np.sign(before) == np.sign(after))
    return np.asarray(steady & (size > 0) & ((size > OFF * middle) | (size * OFF < middle)))


def _ends(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    return np.minimum(np.abs(before), np.abs(after)), np.maximum(np.abs(before), np.abs(after))


def _alike(value: float, other: float, within: float) -> bool:
    """Whether two sizes agree; the sign of an input or output may have gone along with the row."""
    low, high = sorted((value, other))
    return bool(low > 0 and high <= within * low)


def split_change(before: FloatArray, now: FloatArray) -> tuple[float, int]:
    """Return the largest change of a branch's share, and how many branches were left out of it because they moved.

    Where a few branches moved the split of the others is carried over: the shares among those that are not them.

    Parameters
    ----------
    before, now
        Amounts of a fuel in two years [branch].

    Examples
    --------
    >>> split_change(np.array([2.0, 6.0]), np.array([3.0, 9.0]))
    (0.0, 0)
    """
    whole = float(np.abs(now / now.sum() - before / before.sum()).max())
    both = (before > 0) & (now > 0)
    few = max(1, int(MOVED * np.count_nonzero(both)))
    if whole < FROZEN or np.count_nonzero(both) < BRANCHES + 2 + few:
        return whole, 0
    ratio = now[both] / before[both]
    off = np.abs(ratio / np.median(ratio) - 1.0)
    kept = np.argsort(off, kind="stable")[: len(off) - few]
    a, b = before[both][kept], now[both][kept]
    return float(np.abs(b / b.sum() - a / a.sum()).max()), int(np.count_nonzero(off > FROZEN))
