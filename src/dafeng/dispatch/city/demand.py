"""Annual electricity demand of a city and its hourly load shape."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.dispatch.city.arrangements_file import HOURS, Arrangements
from dafeng.dispatch.city.inputs import Inputs
from dafeng.evidence import DafengError, Grade, Text
from dafeng.units import convert


def hourly_profiles(case: Case) -> pd.DataFrame:
    profiles = case.effective("profiles")
    if len(profiles) != HOURS:
        raise DafengError.at("profiles.csv", f"{len(profiles)} rows", f"{HOURS} hours", "drop 29 February")
    return profiles.sort_values("hour", ignore_index=True)


def electricity_use(inputs: Inputs, year: int) -> float:
    """Return the electricity use of the city, MWh.

    Provincial use of the last year × the city's share × growth since.
    """
    given = inputs.given("demand_mwh")
    if given is not None:
        if not given > 0:
            raise DafengError.at(
                "--set demand_mwh", f"{given:g} MWh", Text("大于 0 的全年用电量", "electricity use of a year above 0"),
                Text("给出全社会用电量 MWh,或去掉该项", "give the use in MWh, or leave it out"),
            )  # fmt: skip
        return given
    case = inputs.case
    published = case.effective("observations")
    parent = case.parent.table("observations") if case.parent is not None else published
    own = published[
        (published["indicator"] == "electricity_consumption") & (published["region"] == case.city.code)
    ]
    if len(own):
        row, share, grade = own.sort_values("year").iloc[-1], 1.0, Grade(str(own.iloc[-1]["grade"]))
    else:
        found = parent[parent["indicator"] == "electricity_consumption"].sort_values("year")
        proxies = case.effective("proxies")
        shares = proxies[(proxies["row"] == "*") & proxies["share"].notna()].sort_values("year")
        if found.empty or shares.empty:
            raise DafengError.at(
                "observations.csv:electricity_consumption",
                "nothing",
                "the electricity use of the city, or of its province and a proxy share",
                "add the row, or give --set demand_mwh=…",
            )
        row, share, grade = (
            found.iloc[-1],
            float(shares.iloc[-1]["share"]),
            Grade(str(shares.iloc[-1]["grade"])),
        )
    growth = inputs.assumption("demand_growth")
    base = float(str(row["value"])) * _to_mwh(str(row["unit"])) * share
    years = max(0, year - int(row["year"]))
    return inputs.computed(
        "demand_mwh",
        base * (1 + growth) ** years,
        "MWh",
        Grade.worst(grade, Grade.E),
        f"{row['source']} {row['year']} × share {share:g} × growth of {years} years",
        "全社会用电量",
        "electricity use",
    )


def _to_mwh(unit: str) -> float:
    return float(np.asarray(convert(1.0, unit, "MWh")))


def shaped(use: float, load: NDArray[np.float64], arranged: Arrangements) -> NDArray[np.float64]:
    """Return the load, MW [hour], of `use` MWh in the year.

    Each sector takes its share in its own load shape, the rest the shape of `load`.
    """
    rest = 1.0 - sum(share for _, share, _ in arranged.sectors)
    power: NDArray[np.float64] = use * max(0.0, rest) * load / load.sum()
    for _, share, shape in arranged.sectors:
        power = power + use * share * shape
    return power
