"""A made-up two-sector town, only for tests of the faces: numbers by formula, no city's."""

import numpy as np
import pytest

from dafeng.assessment import Observation, Outlook, judge
from dafeng.evidence import Finding, Severity, Source
from dafeng.pathway import (
    Attribution,
    Band,
    DataRequest,
    DeliveryLevel,
    Influence,
    MeasureNote,
    PeakStatistics,
    Probability,
    Projection,
    Share,
)
from dafeng.plan import Target
from dafeng.report import Background, Place, Summary, summarise
from dafeng.report.summary import BranchEmissions, PowerUnit, Reference

YEARS = np.arange(2020, 2036)
OBSERVED_YEARS = np.arange(2015, 2021)
MT = 1e6


def band(level: float, growth: float, spread: float) -> Band:
    """Mt that rise to 2027 and fall after it, `spread` wide in 2035."""
    time = (YEARS - 2020) / 15
    middle = level * (1 + growth * np.sin(np.pi * np.minimum(time / 0.9, 1.2) / 1.2)) * MT
    offsets = np.array([-1.6, -0.7, 0.0, 0.7, 1.6])[:, None] * spread * MT * (0.2 + time)
    return Band(middle + offsets, middle)


def peak(scenario: str, account: str, probability: float) -> PeakStatistics:
    shares = {2026: 0.6 * probability, 2028: 0.4 * probability, 2031: 0.9 - 0.9 * probability}
    return PeakStatistics(
        scenario, account, (2026.0, 2028.0, 2031.0), (40 * MT, 45 * MT, 51 * MT), Probability(probability, 0.004),
        Probability(probability + 0.01, 0.004), 0.0, 0.1 - 0.1 * probability, shares, 3.0, 2035,
    )  # fmt: skip


@pytest.fixture
def projection() -> Projection:
    plan, without = band(40, 0.12, 2.0), band(42, 0.25, 2.4)
    totals = {
        ("no-plan", "A"): without, ("plan", "A"): plan,
        ("no-plan", "B"): band(52, 0.25, 3.0), ("plan", "B"): band(50, 0.12, 3.0),
    }  # fmt: skip
    tasks = ("三(一)1", "三(二)3")
    gap = without.mean - plan.mean
    measures = tuple(
        Share("measure", f"m{n}", f"第{n}项示例措施:高炉与余热综合改造", f"Example measure {n}, furnace and waste heat",
              (5 - n) * 0.4 * MT, 0.02 * MT, (tasks[n % 2],), ("市甲局", "市乙局"), "E", "plan")
        for n in range(5)
    )  # fmt: skip
    shares = tuple(
        Share("task", task, "示例任务", "Example task", (2 - n) * MT, 0.05 * MT)
        for n, task in enumerate(tasks)
    )
    bureaux = tuple(
        Share("department", f"市{n}局", f"市{n}局", f"Bureau {n}", (2 - n) * MT, 0.05 * MT) for n in "01"
        for n in [int(n)]
    )  # fmt: skip
    return Projection(
        case="town", release="0" * 64, seed=1, samples=64, base_year=2020, as_of=2025, horizon=2035,
        headline_account="A", years=YEARS, observed_years=OBSERVED_YEARS,
        observed={"A": np.linspace(35, 40, 6) * MT, "B": np.linspace(44, 50, 6) * MT},
        scenarios=("no-plan", "plan"), accounts=("A", "B"),
        base={"A": (38 * MT, 40 * MT, 43 * MT), "B": (47 * MT, 50 * MT, 54 * MT)}, totals=totals,
        sectors=("industry", "energy"),
        by_sector={key: np.stack([0.6 * value.mean, 0.4 * value.mean]) for key, value in totals.items()},
        electricity={"plan": {"demand": np.full(YEARS.size, 2e7), "coal": np.full(YEARS.size, 3e7)}},
        peaks={
            ("no-plan", "A"): peak("no-plan", "A", 0.2), ("plan", "A"): peak("plan", "A", 0.72),
            ("plan-expected", "A"): peak("plan-expected", "A", 0.61),
            ("plan-expected", "B"): peak("plan-expected", "B", 0.4),
            ("no-plan", "B"): peak("no-plan", "B", 0.1), ("plan", "B"): peak("plan", "B", 0.5),
        },
        attribution=Attribution("A", "2030", 4 * MT, 0.1 * MT, measures, shares, bureaux, 200),
        wedge_years=YEARS, wedge_tasks=tasks, wedges=np.stack([0.7 * gap, 0.3 * gap]),
        influences=(
            Influence("gdp", "生产总值增速", "GDP growth", 0.41, "E", "s1", 2030),
            Influence("share", "用电占比", "share of electricity use", 0.2, "D", "s1", 2030),
        ),
        mean_delivery=0.7, delivery_needed=0.8,
        delivery_levels=tuple(DeliveryLevel(d, Probability(0.2 + 0.8 * d, 0.004)) for d in (0.0, 0.5, 0.8, 1.0)),
        timing_influences=(Influence("hours", "煤电小时数", "hours of coal", 0.4, "C", "s1", 2030),),
        data_requests=(
            DataRequest("全市能源平衡表", "City energy balance", "市统计局", "Statistics bureau", ("share",), 0.3, 0.2),
        ),
        indicators={},
        unquantified=(MeasureNote("n1", "四(三)4", "人才引育", "Talent", "没有可量化的参数"),),
        findings=(Finding("gap", Severity.WARNING, "energy.csv", "缺某年数据", "a year is missing", ("s1",)),),
    )  # fmt: skip


@pytest.fixture
def summary(projection: Projection) -> Summary:
    fields = {"locator": "三(一)2", "unit": "%", "departments": ("市甲局",)}
    targets = [
        Target(indicator="秸秆年综合利用率", comparator=">=", value=95, year=2025, **fields),
        Target(indicator="畜禽粪污综合利用率", comparator=">=", value=80, year=2025, **fields),
        Target(
            indicator="非化石能源消费比重", comparator="=", value=20, year=2030, sense="better_up", **fields
        ),
        Target(indicator="二氧化碳排放达峰", comparator="milestone", year=2030, locator="二"),
        Target(indicator="园区循环化改造", comparator="all", year=2030, locator="四(二)1"),
    ]
    share = np.linspace(18, 23, 100)[:, None] * np.ones((1, YEARS.size))
    outlook = Outlook(YEARS, {"nonfossil_share": share}, {"nonfossil_share": "%"}, {2030: 0.72})
    seen = [
        Observation("straw_utilisation", 2025, 96, "%", "s1"),
        Observation("manure_utilisation", 2025, 70, "%", "s1"),
    ]
    place = Place(
        name="town", name_zh="示例市", name_en="Exampleton", code="000000", level="city", plan_title="示例市碳达峰实施方案",
        base_year=2020, as_of=2025, horizon=2035, headline_account="A", release="0" * 64, version="0.0.0", seed=1,
        samples=64,
    )  # fmt: skip
    background = Background(
        branches=[
            BranchEmissions(branch=branch, account=account, value=value, low=0.8 * value, high=1.3 * value, grade="D")
            for account in "AB" for branch, value in (("power", 15.0), ("steel", 12.0), ("transport", 4.0))
        ],
        references=[
            Reference(source="other", name_zh="外部估算", name_en="Outside estimate", year=year, value=44.0, account="B",
                      ours=48.0 if year >= 2015 else None, gap=4.0 if year >= 2015 else None)
            for year in range(2010, 2020)
        ],
        task_titles={"三(一)1": "推动化石能源消费转型", "三(二)3": "推动钢铁有色行业碳达峰"},
        new_units=[PowerUnit(name_zh="示例电厂二期", name_en="Example plant II", units=2, capacity_mw=2104, start_year=2024, fuel="coal")],
        findings=[Finding("two", Severity.CONFLICT, "observations.csv", "两个来源不一致", "two sources disagree", ("s1", "s2"))],
        sources=[Source("s1", "示例年鉴", "公开", "须注明来源"), Source("s2", "Example <b>book</b>")],
    )  # fmt: skip
    return summarise(place, projection, judge(targets, seen, 2025, outlook), background)
