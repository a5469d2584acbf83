"""A made-up two-sector town, only for tests of the faces: numbers by formula, no city's."""

import numpy as np
import pytest

from dafeng.assessment import Observation, Outlook, judge
from dafeng.evidence import Finding, Severity, Source
from dafeng.pathway import Band, Projection, Results
from dafeng.pathway.results import (
    Attribution,
    Contribution,
    DataRequest,
    DeliveryLevel,
    Estimate,
    Influence,
    Observed,
    Peak,
    PowerTrack,
    Range,
    SectorTrack,
    Track,
    Unquantified,
    Wedge,
    YearShare,
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


def estimate(value: float, error: float = 0.004) -> Estimate:
    return Estimate(value=value, standard_error=error)


def peak(scenario: str, account: str, probability: float) -> Peak:
    shares = {2026: 0.6 * probability, 2028: 0.4 * probability, 2031: 0.9 - 0.9 * probability}
    return Peak(
        scenario=scenario, account=account, year=Range(low=2026, median=2028, high=2031),
        level=Range(low=40, median=45, high=51), before_2030=estimate(probability), by_2030=estimate(probability + 0.01),
        already_past=0.0, not_within_horizon=0.1 - 0.1 * probability, plateau_years=3.0,
        distribution=[YearShare(year=year, share=share) for year, share in shares.items()],
    )  # fmt: skip


def influence(parameter: str, zh: str, en: str, share: float, grade: str) -> Influence:
    return Influence(
        parameter=parameter, name_zh=zh, name_en=en, share=share, grade=grade, source="s1", year=2030
    )


@pytest.fixture
def projection() -> Projection:
    plan, without = band(40, 0.12, 2.0), band(42, 0.25, 2.4)
    totals = {
        ("policy-carried-on", "A"): without, ("plan", "A"): plan,
        ("policy-carried-on", "B"): band(52, 0.25, 3.0), ("plan", "B"): band(50, 0.12, 3.0),
    }  # fmt: skip
    tasks = ("三(一)1", "三(二)3")
    titles = ("推动化石能源消费转型", "推动钢铁有色行业碳达峰")
    gap = (without.mean - plan.mean) / MT
    years = [int(year) for year in YEARS]
    measures = [
        Contribution(
            id=f"m{n}", name_zh=f"第{n}项示例措施:高炉与余热综合改造", name_en=f"Example measure {n}, furnace and waste heat",
            reduction=(5 - n) * 0.4, standard_error=0.02, tasks=[tasks[n % 2]], departments=["市甲局", "市乙局"],
            grade="E", basis="plan",
        )
        for n in range(5)
    ]  # fmt: skip
    shares = [
        Contribution(
            id=task,
            name_zh="示例任务",
            name_en="Example task",
            reduction=2 - n,
            standard_error=0.05,
            departments=["市0局", "市1局"],
        )
        for n, task in enumerate(tasks)
    ]
    bureaux = [
        Contribution(
            id=f"市{n}局", name_zh=f"市{n}局", name_en=f"Bureau {n}", reduction=2 - n, standard_error=0.05
        )
        for n in (0, 1)
    ]
    results = Results(
        base={"A": Range(low=38, median=40, high=43), "B": Range(low=47, median=50, high=54)},
        observed=[
            Observed(account=account, years=[int(y) for y in OBSERVED_YEARS], values=np.linspace(*ends, 6).tolist())
            for account, ends in (("A", (35, 40)), ("B", (44, 50)))
        ],
        tracks=[Track.of(*key, years, value) for key, value in totals.items()],
        sectors=[
            SectorTrack(scenario=scenario, account=account, sector=sector, values=(share * value.mean / MT).tolist())
            for (scenario, account), value in totals.items() for sector, share in (("industry", 0.6), ("energy", 0.4))
        ],
        electricity=[
            PowerTrack(scenario="plan", kind=kind, values=[twh] * len(years))
            for kind, twh in (("demand", 20.0), ("coal", 30.0))
        ],
        peaks=[
            peak("policy-carried-on", "A", 0.2), peak("plan", "A", 0.72), peak("plan-expected", "A", 0.61),
            peak("plan-expected", "B", 0.4), peak("policy-carried-on", "B", 0.1), peak("plan", "B", 0.5),
        ],
        attribution=Attribution(
            account="A", quantity="2030", total=estimate(4.0, 0.1), permutations=200, measures=measures, tasks=shares,
            departments=bureaux,
        ),
        wedge_years=years,
        wedges=[
            Wedge(task=task, title=title, values=(part * gap).tolist())
            for task, title, part in zip(tasks, titles, (0.7, 0.3), strict=True)
        ],
        influences=[
            influence("gdp", "生产总值增速", "GDP growth", 0.41, "E"),
            influence("share", "用电占比", "share of electricity use", 0.2, "D"),
        ],
        mean_delivery=0.7, delivery_needed=0.8,
        delivery_levels=[DeliveryLevel(delivery=d, before_2030=estimate(0.2 + 0.8 * d)) for d in (0.0, 0.5, 0.8, 1.0)],
        timing_influences=[influence("hours", "煤电小时数", "hours of coal", 0.4, "C")],
        data_requests=[
            DataRequest(
                title_zh="全市能源平衡表", title_en="City energy balance", holder_zh="市统计局", holder_en="Statistics bureau",
                parameters=["share"], share=0.3, level_share=0.2,
            ),
        ],
        unquantified=[
            Unquantified(id="n1", task="四(三)4", name_zh="人才引育", name_en="Talent", reason="没有可量化的参数")
        ],
    )  # fmt: skip
    return Projection(
        case="town", release="0" * 64, seed=1, samples=64, base_year=2020, as_of=2025, horizon=2035,
        headline_account="A", scenarios=("policy-carried-on", "plan"), accounts=("A", "B"), years=YEARS, results=results,
        indicators={},
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
        new_units=[PowerUnit(name_zh="示例电厂二期", name_en="Example plant II", units=2, capacity_mw=2104, start_year=2024, fuel="coal")],
        findings=[Finding("two", Severity.CONFLICT, "observations.csv", "两个来源不一致", "two sources disagree", ("s1", "s2"))],
        sources=[Source("s1", "示例年鉴", "公开", "须注明来源"), Source("s2", "Example <b>book</b>")],
    )  # fmt: skip
    return summarise(place, projection, judge(targets, seen, 2025, outlook), background)
