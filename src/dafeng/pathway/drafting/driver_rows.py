"""Rows of drivers.csv of one place, as they are drafted."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from dafeng.case import Case

TREND, DEFAULT, PLANTS, PEOPLE, GRID = (
    "province-trend",
    "national-default",
    "gem-coal",
    "census-2020",
    "mee-grid",
)
"""Sources of the national index that drafted rows cite."""
FIRST_DIMENSION = 3001
"""First permanent dimension of parameters that the lender draws none for."""


class DriverRows:
    """Rows of drivers.csv of one place; each parameter keeps the permanent dimension that the bundled case gave it."""

    def __init__(self, case: Case, lender: pd.DataFrame) -> None:
        self.code, self.base = case.city.code, case.city.base_year
        numbers = lender[lender["dimension"].notna()].drop_duplicates("parameter")
        self.dimensions = {str(row["parameter"]): int(row["dimension"]) for row in numbers.to_dict("records")}
        self.made: list[dict[str, Any]] = []

    def add(
        self,
        parameter: str,
        knots: Iterable[Sequence[float]],
        unit: str,
        source: str,
        basis: str,
        grade: str = "E",
        distribution: str = "normal",
    ) -> None:
        """Add the knots of a parameter: year, value and, where it is uncertain, its 5 and 95 % ends."""
        number = self.dimensions.setdefault(
            parameter, FIRST_DIMENSION + sum(value >= FIRST_DIMENSION for value in self.dimensions.values())
        )
        for year, value, *ends in knots:
            low, high = ends or (value, value)
            self.made.append({
                "id": parameter.replace(".", "_"), "parameter": parameter, "region": self.code, "year": int(year), "value": f"{value:.6g}",
                "low": f"{low:.6g}", "high": f"{high:.6g}", "distribution": distribution, "unit": unit, "dimension": number, "basis": basis,
                "source": source, "grade": grade, "note": "",
            })  # fmt: skip
