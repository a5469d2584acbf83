"""Vintages of gross domestic product: nominal values that do not fit the real growth published for the same years."""

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import Finding, Severity
from dafeng.inventory.accounts.electricity_balance import observed

FALL, RISE = -0.10, 0.17
"""Least and largest change of the price level in ln from one year to the next within one vintage.

31 provinces, 2005–2022: the series revised after the censuses lies within −0.096 and +0.162 (Shanxi 2021, coal); the
series as first published leaves it in eight places of 217, each where a census or a correction lies between the years.
"""
ALONE = 0.04
"""Least turn in ln, up and down again, of a year that stands alone; none of the 31 provinces has one in either vintage."""
EQUAL, APART = 1e-6, 0.005
"""Relative distance at which a value is that of another series, and at which two series differ."""
OTHERS = ("gdp_current_bulletin_vintage", "gdp_current_revised", "gdp_current_as_published_2016")


def gdp_breaks(nominal: "pd.Series[float]", growth: "pd.Series[float]") -> list[tuple[int, float, str]]:
    """Find years of gross domestic product that come from another vintage [year, change in ln, alone or from].

    The price level implied by nominal value and real growth neither falls nor rises more than `FALL` and `RISE`, and
    does not turn by more than `ALONE` twice.

    Parameters
    ----------
    nominal
        Value at current prices by year.
    growth
        Real growth of the year [1] by year.

    Examples
    --------
    >>> growth = pd.Series({2019: 0.05, 2020: 0.05, 2021: 0.05})
    >>> [(year, kind) for year, _, kind in gdp_breaks(pd.Series({2018: 100, 2019: 105, 2020: 75, 2021: 79}), growth)]
    [(2020, 'from')]
    """
    prices = {
        int(year): float(np.log(nominal[year] / nominal[year - 1]) - np.log1p(growth[year]))
        for year in nominal.index
        if year - 1 in nominal.index and year in growth.index and min(nominal[year], nominal[year - 1]) > 0 and growth[year] > -1
    }  # fmt: skip
    alone = {
        year: (prices[year] - prices[year + 1]) / 2
        for year in prices
        if year + 1 in prices
        and prices[year] * prices[year + 1] < 0
        and min(abs(prices[year]), abs(prices[year + 1])) > ALONE
    }
    found = [(year, change, "alone") for year, change in alone.items() if year - 1 not in alone]
    taken = {year + after for year, _, _ in found for after in (0, 1)}
    found += [
        (year, change, "from")
        for year, change in prices.items()
        if year not in taken and not FALL <= change <= RISE
    ]
    return sorted(found)


def gdp_findings(case: Case) -> list[Finding]:
    """Return the vintages mixed in the gross domestic product of the place, which its intensities rest on.

    Parameters
    ----------
    case
        The case: gdp_current, gdp_real_growth and the other vintages of its observations.csv.
    """
    code = case.city.code
    nominal = observed(case, "gdp_current", code, "CNY")
    growth = observed(case, "gdp_real_growth", code, "1")
    found = [
        _finding(
            f"{code}, {year}",
            f"{year}年{'单独' if kind == 'alone' else '起'}偏离{np.expm1(change):+.1%}(由名义值与实际增速推算的价格变动)",
            f"{year} {'alone' if kind == 'alone' else 'and after'} off by {np.expm1(change):+.1%} (prices implied by nominal value and "
            "real growth)",
        )
        for year, change, kind in gdp_breaks(nominal, growth)
    ]  # fmt: skip
    for indicator in OTHERS:
        other = observed(case, indicator, code, "CNY")
        both = nominal.index.intersection(other.index)
        gap = (other[both] / nominal[both] - 1.0).abs()
        same, apart = gap.index[gap < EQUAL], gap.index[gap > APART]
        if 0 < len(same) < len(apart):
            years = "、".join(str(year) for year in same)
            found.append(
                _finding(
                    f"{code}, {indicator}",
                    f"{years}年取自另一版本{indicator},其余{len(apart)}年与之不同",
                    f"{years.replace('、', ', ')} from {indicator}, from which the other {len(apart)} years differ",
                )
            )
    return found


def _finding(where: str, zh: str, en: str) -> Finding:
    return Finding(
        "gdp-vintage", Severity.WARNING, f"observations.csv:gdp_current:{where}",
        f"地区生产总值混用口径版本:{zh};强度及其下降率随之失真,请只用一个版本",
        f"Vintages of gross domestic product are mixed: {en}; intensities and their falls are off by it; use one vintage",
        ("observations.csv",),
    )  # fmt: skip
