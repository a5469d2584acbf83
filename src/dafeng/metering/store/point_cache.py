"""What readings are judged by, read from the store once and kept while nothing but readings is written."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from dafeng.metering.store.sql import first_row

ALWAYS = np.iinfo(np.int64).max
"""A moment after all others [µs]."""


@dataclass(frozen=True, eq=False)
class Points:
    """The metering points side by side. The last place of every column is no point: what an unknown id leads to.

    `own` is the period in minutes, 0 for registers; `valid_from` and `valid_to` are in µs since 1970 UTC; `most` is the
    rated maximum per hour, infinite where none is given; `unit` is a place in `units`.
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
    unit: NDArray[np.int64]
    units: tuple[str, ...]


@dataclass(eq=False)
class Known:
    """Points, closed months (months since 1970) and the number of the newest batch."""

    points: Points
    closed: NDArray[np.int64]
    last_batch: int


_POINTS = f"""
SELECT id, number, CASE WHEN kind = 'register' THEN 0 ELSE period END AS own, kind = 'virtual' AS is_virtual,
  kind = 'retired' AS is_retired, coalesce(synthetic, false) AS is_synthetic,
  coalesce(rated_max, 'inf'::DOUBLE) AS most, coalesce(epoch_us(valid_from), {-ALWAYS}) AS valid_from,
  coalesce(epoch_us(valid_to), {ALWAYS}) AS valid_to, owner, unit
FROM point UNION ALL
SELECT NULL, -1, 0, false, false, false, 'inf'::DOUBLE, {-ALWAYS}, {ALWAYS}, NULL, NULL ORDER BY number = -1, number"""


def read_known(connection: duckdb.DuckDBPyConnection) -> Known:
    """What the store knows now."""
    table = connection.sql(_POINTS).to_arrow_table()
    columns = {name: table.column(name).to_numpy() for name in table.column_names if name != "id"}
    columns |= {
        "number": columns["number"].astype(np.int32),
        "own": np.nan_to_num(columns["own"]).astype(np.int32),
    }
    units, columns["unit"] = np.unique(columns["unit"].astype(str), return_inverse=True)
    ids = table.column("id").to_pylist()[:-1]
    closed = connection.execute("SELECT DISTINCT month FROM archive WHERE reopened IS NULL").fetchnumpy()[
        "month"
    ]
    last = first_row(connection, "SELECT coalesce(max(id), 0) FROM batch")[0]
    return Known(
        Points({name: place for place, name in enumerate(ids)}, **columns, units=tuple(units.tolist())),
        np.asarray(closed, "datetime64[M]").astype(np.int64), int(last),
    )  # fmt: skip
