"""Contract: the scores of the nowcast that the documentation prints are those on a simulated truth, and it is better than
last year's month where what is not metered moves with what is.

Each of 400 cities has two years of monthly CO2: the metered part (30–70 % of the first year) with its season, its trend
between the years (−10 to 10 %) and 3 % of noise a month; the rest as each case says, with 3 % of noise. The truth is the
sum of both; the nowcast has the metered part and the sum of the first year.
"""

from pathlib import Path

import numpy as np
import pytest

from dafeng.metering.judge.nowcast import nowcast

CITIES = 400
DOC = Path(__file__).parents[2] / "docs" / "metering.md"
MONTHS = np.arange(24)
CASES = {
    "moves with what is metered": {},
    "grows 3 % a year more": {"growth": 0.03},
    "has a winter peak of its own, ± 20 %": {"season": 0.2},
    "stays while a metered plant of 10 % closes in July": {"closes": 0.1},
}


def simulated(rng, growth=0.0, season=0.0, closes=0.0):
    """Metered CO2 and the rest, by month over two years."""
    share, trend = rng.uniform(0.3, 0.7), rng.uniform(-0.1, 0.1)
    later = MONTHS >= 12
    common = (1 + 0.1 * np.cos(2 * np.pi * MONTHS / 12)) * np.where(later, 1 + trend, 1.0)
    own = 1 + season * np.cos(2 * np.pi * MONTHS / 12)
    noise = np.exp(rng.normal(0, 0.03, (2, 24)))
    metered = share * common * np.where(MONTHS >= 18, 1 - closes, 1.0) * noise[0]
    return metered, (1 - share) * common * own * np.where(later, 1 + growth, 1.0) * noise[1]


def scored(case):
    """Mean error of a month, mean and 95th percentile of the year's, and the month's of last year repeated [%]."""
    rng = np.random.default_rng(2025)
    errors = []
    for _ in range(CITIES):
        metered, rest = simulated(rng, **case)
        truth = metered + rest
        rows = [
            {"bucket": f"{2024 + month // 12}-{month % 12 + 1:02}", "readings": 1, "tco2": value, "coverage": 1.0,
             "synthetic": 0}
            for month, value in enumerate(metered.tolist())
        ]  # fmt: skip
        found = nowcast(rows, base_year=2024, inventory_t=float(truth[:12].sum()))
        value = np.array([row["value"] for row in found])
        year = value.sum() / truth[12:].sum() - 1
        errors.append(
            [np.abs(value / truth[12:] - 1).mean(), abs(year), np.abs(truth[:12] / truth[12:] - 1).mean()]
        )
    month, year, before = 100 * np.array(errors).T
    return month.mean(), year.mean(), np.percentile(year, 95), before.mean()


@pytest.mark.parametrize("name", CASES)
def test_the_scores_in_the_documentation(name):
    month, year, most, before = scored(CASES[name])
    assert f"| {name} | {month:.1f} | {year:.1f} | {most:.1f} | {before:.1f} |" in DOC.read_text(
        encoding="utf-8"
    )


def test_it_is_better_than_last_year_where_the_rest_follows():
    month, year, _, before = scored({})
    assert year < 1.0 < month < before
