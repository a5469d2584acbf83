"""Overlaps of measures: exclusive groups in which what one measure delivers is not saved again by another.

Within a group measures count in the order of their rank. The part of a measure that overlaps is taken out to
the degree to which measures before it are delivered:

    counted(i) = delivered(i) × (1 − share(i) × max over j before i of delivered(j))

With a share of 1 two measures exclude each other; where those before it are not delivered a measure counts in
full. Degrees above 1 (effects that work further than stated) take out no more than the share.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import Problems, Text

Array = NDArray[np.float64]

FILE = "overlaps.csv"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Overlap of one measure with those `before` it in its group: columns of the delivery array, `share` 0-1."""

    measure: int
    before: tuple[int, ...]
    share: float


def counted(overlaps: Sequence[Overlap], delivery: Array) -> Array:
    """Return degrees [sample, measure] without what overlaps; the array itself where nothing does."""
    if not overlaps or not delivery.any():
        return delivery
    found = delivery.copy()
    for overlap in overlaps:
        most = np.minimum(delivery[:, list(overlap.before)].max(axis=1), 1.0)
        found[:, overlap.measure] *= 1.0 - overlap.share * most
    return found


def overlaps_of(table: pd.DataFrame, ids: Sequence[str], problems: Problems) -> tuple[Overlap, ...]:
    """Compile the table `overlaps`: rows of measures without a quantified effect count nothing and are left out.

    Problems are added for an unknown measure, a rank or a share that is missing, two rows of one measure in a
    group, and a group in which no measure counts in full.
    """
    found: list[Overlap] = []
    position = {id_: column for column, id_ in enumerate(ids)}
    for group, rows in table.groupby("group", sort=False):
        if rows["measure"].duplicated().any():
            at = rows.index[rows["measure"].duplicated()][0]
            problems.add(
                f"{FILE}:{at}:measure", f"{group}: {rows.loc[at, 'measure']}",
                Text("一组中每项措施一行", "each measure once in a group"), Text("删去重复的行", "remove the other row"),
            )  # fmt: skip
            continue
        if rows["rank"].min() != 1 or rows.loc[rows["rank"] == 1, "share"].any():
            problems.add(
                f"{FILE}:{rows.index[0]}:rank", str(group),
                Text("组内有 rank 为1、share 为0的措施", "a measure of rank 1 and share 0 in the group"),
                Text("先计入的措施写 rank 1、share 0", "write rank 1 and share 0 for what counts first"),
            )  # fmt: skip
            continue
        for at, measure, rank, share in rows[["measure", "rank", "share"]].itertuples():
            before = tuple(position[m] for m in rows.loc[rows["rank"] < rank, "measure"] if m in position)
            if measure in position and before and share > 0:
                found.append(Overlap(position[measure], before, float(share)))
            elif not 0 <= share <= 1:
                problems.add(f"{FILE}:{at}:share", f"{share:g}", Text("0 到 1 的份额", "a share from 0 to 1"))
    return tuple(found)
