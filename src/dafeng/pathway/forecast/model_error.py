"""Table of past errors: hindcast errors of the model's own rule in 30 provinces (model_error.csv)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Problems, packaged_rows

Array = NDArray[np.float64]

# records of energy CO2 with GDP given: these are what the process is estimated on, in this order
CO2_SOURCES: tuple[str, ...] = ("co2_nbs", "co2_ceads", "co2_edgar")
ENERGY, ELECTRICITY = "energy_total", "electricity"
LEADS: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
# share of the past five years' trend of intensity that goes on: parameters.csv holds the same for drivers
FUEL_DAMPING, ELECTRICITY_DAMPING = 0.5, 0.0


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors in ln of one quantity over [cell]: province, origin, lead, with a share of the trend and with
    growth carried on.

    `full` has the intensity trend carried on in full, `frozen` not at all (NaN without a GDP index), `growth`
    the own growth of five years carried on.
    """

    province: NDArray[np.str_]
    origin: NDArray[np.int64]
    lead: NDArray[np.int64]
    full: Array
    frozen: Array
    growth: Array

    def damped(self, share: float) -> Array:
        """Return the error with `share` (0-1) of the trend carried on, [cell]."""
        return np.asarray(share * self.full + (1.0 - share) * self.frozen)

    @property
    def outcome(self) -> NDArray[np.int64]:
        """Return the year in which each error shows."""
        return np.asarray(self.origin + self.lead)


def read_errors(rows: Iterable[Mapping[str, str]], where: str = "model_error.csv") -> Mapping[str, Errors]:
    """Read errors by quantity from rows of the table; empty cells are NaN.

    Raises: DafengError for a cell that is no number, and for two values of one province, quantity, origin and
    lead.
    """
    problems = Problems()
    found: dict[str, dict[tuple[str, int, int], tuple[float, float, float]]] = {}
    for number, row in enumerate(rows, start=2):
        try:
            key = (row["province_code"], int(row["origin"]), int(row["lead"]))
            names = ("error_full_trend", "error_no_trend", "error_growth")
            values = tuple(float(row[name]) if row[name] else np.nan for name in names)
        except (KeyError, ValueError) as error:
            problems.add(
                f"{where}:{number}", str(error), "province_code, quantity, origin, lead and errors in ln"
            )
            continue
        series = found.setdefault(row["quantity"], {})
        if key in series:
            problems.add(
                f"{where}:{number}", f"{row['quantity']} {' '.join(map(str, key))} again", "one vintage of a series",
                "keep the newest release and remove the other",
            )  # fmt: skip
        series[key] = (values[0], values[1], values[2])
    problems.raise_if_any()
    return {quantity: _columns(series) for quantity, series in found.items()}


def _columns(series: Mapping[tuple[str, int, int], tuple[float, float, float]]) -> Errors:
    keys = sorted(series)
    values = np.array([series[key] for key in keys], dtype=float)
    codes, origins, leads = zip(*keys, strict=True)
    return Errors(
        np.array(codes), np.array(origins, dtype=np.int64), np.array(leads, dtype=np.int64),
        values[:, 0], values[:, 1], values[:, 2],
    )  # fmt: skip


@cache
def shipped_errors() -> Mapping[str, Errors]:
    """Return the table of the package, by quantity."""
    return read_errors(packaged_rows("dafeng.pathway", "model_error.csv"))


@dataclass(frozen=True, slots=True)
class Cells:
    """Damped errors of several records of one quantity side by side: `error[cell, source]`."""

    province: NDArray[np.str_]
    origin: NDArray[np.int64]
    lead: NDArray[np.int64]
    error: Array
    growth: Array

    def where(self, chosen: NDArray[np.bool_]) -> "Cells":
        """Return the cells selected by `chosen[cell]`."""
        return Cells(
            self.province[chosen], self.origin[chosen], self.lead[chosen], self.error[chosen], self.growth[chosen]
        )  # fmt: skip


def cells_of(
    table: Mapping[str, Errors], sources: tuple[str, ...] = CO2_SOURCES, damping: float = FUEL_DAMPING
) -> Cells:
    """Return the cells that all `sources` have, leads of `LEADS`.

    Raises: DafengError where a source has no errors or they share no cell.
    """
    missing = [source for source in sources if source not in table]
    if missing:
        raise DafengError.at("model_error.csv", f"no rows of {', '.join(missing)}", "errors of every record")
    keyed = []
    for source in sources:
        errors = table[source]
        told = zip(errors.province.tolist(), errors.origin.tolist(), errors.lead.tolist(), strict=True)
        damped = errors.damped(damping)
        keyed.append({key: k for k, key in enumerate(told) if key[2] in LEADS and np.isfinite(damped[k])})
    shared = sorted(set.intersection(*(set(one) for one in keyed)))
    if not shared:
        raise DafengError.at(
            "model_error.csv", "no cell that every record has", "the same provinces and origins"
        )
    error = np.stack(
        [table[s].damped(damping)[[one[key] for key in shared]] for s, one in zip(sources, keyed, strict=True)], axis=1
    )  # fmt: skip
    growth = np.stack(
        [table[s].growth[[one[key] for key in shared]] for s, one in zip(sources, keyed, strict=True)], axis=1
    )
    codes, origins, leads = zip(*shared, strict=True)
    return Cells(np.array(codes), np.array(origins), np.array(leads), error, growth)
