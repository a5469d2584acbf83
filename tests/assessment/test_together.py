"""Contract: targets are reached together only in the samples that reach each; what cannot be projected is not counted."""

from types import SimpleNamespace

import numpy as np
import pytest

from dafeng.assessment import together
from dafeng.plan import Target


def model(peaked=(True, True, True, False)):
    """Four samples: the share of non-fossil energy in 2030 is 21, 19, 22, 23 %; biomass 30, 30, 20, 30 万千瓦."""

    def quantity(values, unit):
        columns = np.array(values, dtype=float)
        return SimpleNamespace(
            unit=unit, years=np.array([2030]), at=lambda scenario, year: columns if scenario == "plan" else 0 * columns
        )  # fmt: skip

    found = np.array(peaked)
    return SimpleNamespace(
        as_of=2025, scenarios=("plan", "policy-carried-on"), peaked={"plan": found, "policy-carried-on": ~found},
        indicators={
            "nonfossil_share": quantity([21, 19, 22, 23], "%"),
            "biomass_capacity": quantity([300, 300, 200, 300], "MW"),
        },
    )  # fmt: skip


SHARE = Target(indicator="非化石能源消费比重", comparator=">=", value=20, unit="%", year=2030, locator="二")
BIOMASS = Target(
    indicator="生物质发电装机容量",
    comparator="=",
    value=26,
    unit="万千瓦",
    year=2030,
    sense="better_up",
    locator="三",
)
PEAK = Target(indicator="二氧化碳排放达峰", comparator="milestone", year=2030, locator="二")


def test_only_samples_that_reach_every_target_count():
    found = together([SHARE, BIOMASS, PEAK], model())
    assert found.single["plan"] == (0.75, 0.75, 0.75)
    # sample 0 alone reaches all three; the product of the shares would be 0.42
    assert found.chances == {"plan": 0.25, "policy-carried-on": 0.0}
    assert [target.indicator for target in found.targets] == [t.indicator for t in (SHARE, BIOMASS, PEAK)]


@pytest.mark.parametrize(
    "change",
    [{"year": 2025}, {"year": 2035}, {"year": None}, {"indicator": "森林覆盖率"}, {"comparator": "all", "value": None}, {"unit": "万吨"}],
    ids=["past", "not modelled year", "no year", "not modelled", "no figure", "another kind of unit"],
)  # fmt: skip
def test_what_the_model_cannot_say_is_left_out(change):
    assert together([SHARE.model_copy(update=change)], model()) is None


def test_a_peak_by_another_year_is_not_the_one_that_is_known():
    assert together([PEAK.model_copy(update={"year": 2035})], model()) is None
