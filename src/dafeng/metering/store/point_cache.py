"""Cache of what readings are judged by, read from the store once and kept while nothing but readings is
written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import utc_now
from dafeng.metering.store.learnt import learnt_maxima
from dafeng.metering.store.sql import first_row

ALWAYS = np.iinfo(np.int64).max
"""A moment after all others [µs]."""


@dataclass(frozen=True, eq=False)
class Points:
    """The metering points side by side. The last place of every column is no point: what an unknown id leads
    to.

    `own` is the period in minutes, 0 for registers; `valid_from` and `valid_to` are in µs since 1970 UTC;
    `most` is the rated maximum per hour, or where none is given what the point's history allows
    (`is_learnt`), else infinite; `unit` is a place in `units`.
    """

    place: Mapping[str, int]
    number: NDArray[np.int32]
    own: NDArray[np.int32]
    is_virtual: NDArray[np.bool_]
    is_retired: NDArray[np.bool_]
    is_synthetic: NDArray[np.bool_]
    most: NDArray[np.float64]
    valid_from: NDArray[np.int64]
    valid_to: NDArray[np.int64]
    owner: NDArray[np.object_]
    is_learnt: NDArray[np.bool_]
    unit: NDArray[np.int64]
    units: tuple[str, ...]


@dataclass(eq=False)
class Known:
    """Points, closed months (months since 1970) and the number of the newest batch."""

    points: Points
    closed: NDArray[np.int64]
    last_batch: int
    day: date
    unbounded: NDArray[np.int32]
    batches: int = 0
    again_after: int = 1

    def is_out_of_date(self) -> bool:
        """Check whether bounds are to be learnt again: on a new day, and where points without one were
        read.
        """
        return self.day != utc_now().date() or self.batches >= self.again_after

    def note(self, points: NDArray[np.int32]) -> None:
        """Note that readings of `points` (numbers) were stored."""
        if self.unbounded.size and np.isin(self.unbounded, points).any():
            self.batches += 1


_POINTS = f"""
SELECT id, number, CASE WHEN kind = 'register' THEN 0 ELSE period END AS own, kind = 'virtual' AS is_virtual,
  kind = 'retired' AS is_retired, coalesce(synthetic, false) AS is_synthetic,
  coalesce(rated_max, 'inf'::DOUBLE) AS most, coalesce(epoch_us(valid_from), {-ALWAYS}) AS valid_from,
  coalesce(epoch_us(valid_to), {ALWAYS}) AS valid_to, owner, unit
FROM point UNION ALL
SELECT NULL, -1, 0, false, false, false, 'inf'::DOUBLE, {-ALWAYS}, {ALWAYS}, NULL, NULL ORDER BY number = -1, number"""


def read_known(connection: duckdb.DuckDBPyConnection) -> Known:
    """Read the current points, closed months and newest batch of the store."""
    table = connection.sql(_POINTS).to_arrow_table()
    columns = {name: table.column(name).to_numpy().copy() for name in table.column_names if name != "id"}
    columns |= {
        "number": columns["number"].astype(np.int32),
        "own": np.nan_to_num(columns["own"]).astype(np.int32),
    }
    learnt = learnt_maxima(connection, columns["number"][np.isinf(columns["most"])].tolist())
    columns["is_learnt"] = (
        np.isin(columns["number"], list(learnt)) if learnt else np.zeros(len(columns["number"]), bool)
    )
    for place in np.flatnonzero(columns["is_learnt"]).tolist():
        columns["most"][place] = learnt[int(columns["number"][place])]
    unbounded = columns["number"][np.isinf(columns["most"]) & (columns["number"] >= 0)]
    units, columns["unit"] = np.unique(columns["unit"].astype(str), return_inverse=True)
    ids = table.column("id").to_pylist()[:-1]
    closed = connection.execute("SELECT DISTINCT month FROM archive WHERE reopened IS NULL").fetchnumpy()[
        "month"
    ]
    last = first_row(connection, "SELECT coalesce(max(id), 0) FROM batch")[0]
    return Known(
        Points({name: place for place, name in enumerate(ids)}, **columns, units=tuple(units.tolist())),
        np.asarray(closed, "datetime64[M]").astype(np.int64), int(last), utc_now().date(), unbounded,
    )  # fmt: skip
