"""Commands of `dafeng pathway` that hold the plan and the model against figures: feasible, cost, score, history."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli.pathway_options import (
    SEED,
    AccountOption,
    CaseArgument,
    JsonOption,
    SamplesOption,
    ScenarioOption,
    SeedOption,
    model_of,
    origin_line,
    origin_of,
    print_json,
    refusing,
)
from dafeng.cli.tables import pathway as tables
from dafeng.cli.terminal import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dafeng.pathway import LeastDelivery, Outlook


@refusing
def feasible(
    case: CaseArgument,
    sure: Annotated[float, typer.Option(help="要求的概率 · probability asked for")] = 0.9,
    account: AccountOption = "A",
    year: Annotated[int, typer.Option(help="目标年 · year of the plan's figures")] = 2030,
    samples: SamplesOption = 1024,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """方案自身够不够:指标缺口、2030年前达峰所需的最少落实 · does the plan add up."""
    from dafeng.assessment import requirements
    from dafeng.pathway import cost_limits, draw, gaps, least_delivery, measure_costs, missing_targets, relax

    city, compiled = model_of(case)
    draws = draw(compiled, samples, seed)
    asked, least = gaps(compiled, draws, year), least_delivery(compiled, draws, sure, account)
    weights, most = cost_limits(compiled, measure_costs(city, compiled, max(year, compiled.as_of + 1)))
    cheapest = (
        least_delivery(compiled, draws, sure, account, weights=weights, at_most=most) if most.any() else None
    )
    missing = missing_targets(compiled, draws, sure, account, year)
    together = relax(compiled, requirements(city), account=account)
    if as_json:
        print_json(
            {
                **origin_of(city, seed, samples),
                "together": asdict(together),
                "gaps": [asdict(g) for g in asked],
                "least_delivery": asdict(least),
                "least_cost": None if cheapest is None else asdict(cheapest),
                "missing_targets": asdict(missing),
            }
        )
        return
    names = tables.measure_names(compiled)
    wanted = ",".join(f"{names[name]} {degree:.0%}" for name, degree in least.delivery.items()) or "—"
    relaxed = ((g, tables.amount(g.relaxation, g.unit)) for g in together.requirements if g.relaxation > 0)
    lacking = "尚缺的指标(中心情形) · missing targets:" if missing.targets else "无需另设指标"
    told = lacking if missing.reached else "增设指标也达不到"
    shown(
        tables.gaps(asked, names, year),
        f"账户 {account} 在{least.deadline}年及以前达峰的概率:无方案 {least.without:.1%},方案 {least.plan:.1%}",
        f"达到 {sure:.0%} 的最少落实:{wanted}(概率 {least.probability:.1%})"
        if least.reached
        else f"整个方案也达不到 {sure:.0%}",
        "没有一项措施有来源的成本,不能按成本比较 · no sourced costs"
        if cheapest is None
        else _cheapest(cheapest, sure, names),
        f"仅凭方案已有的数量指标:{missing.with_own_figures:.1%};{told}",
        *(
            f"  {t.name_zh} {t.parameter} {t.year}年 {' '.join(tables.amount(t.needed, t.unit, 3))}"
            f"(否则 {tables.amount(t.without, t.unit, 3)[0]})"
            for t in missing.targets
        ),
        "各项指标与2030年前达峰可同时实现(中心情形) · all targets fit together"
        if together.feasible
        else "各项指标不能同时实现,最小放宽 · least relaxation:",
        *(f"  {g.label} {g.year}年: {number} {unit}" for g, (number, unit) in relaxed),
        origin_line(origin_of(city, seed, samples)),
    )


@refusing
def cost(
    case: CaseArgument,
    method: Annotated[str, typer.Option(help="方法 · partial, retrospective or integrated")] = "integrated",
    year: Annotated[int, typer.Option(help="年份 · year")] = 2030,
    account: AccountOption = "A",
    rate: Annotated[float, typer.Option(help="实际贴现率 · real discount rate")] = 0.06,
    as_json: JsonOption = False,
) -> None:
    """减排成本曲线:只含有来源的成本,其余列出吨数 · abatement cost curve from sourced costs."""
    from dafeng.pathway import cost_curve, measure_costs

    city, compiled = model_of(case)
    costs = measure_costs(city, compiled, year, rate)
    curve = cost_curve(city, compiled, method, year, account, rate, costs)
    investment: dict[int, float] = {}
    for each in costs:
        for when, amount in each.investment.items():
            investment[when] = investment.get(when, 0.0) + amount
    if as_json:
        print_json(
            {
                **origin_of(city),
                "account": account,
                "year": year,
                "method": method,
                "discount_rate": rate,
                "units": {
                    "marginal_cost": "CNY/tCO2",
                    "reduction_t": "tCO2",
                    "cost": "CNY/a",
                    "investment": "CNY",
                },
                "public_budget": "NE",
                "investment": investment,
                "measures": [asdict(each) for each in costs],
                **asdict(curve),
            }
        )
        return
    names = tables.measure_names(compiled)
    left = "、".join(names.get(name, name) for name in curve.left_out)
    shown(
        tables.costs(curve, names) if curve.order else None,
        *(finding.zh for finding in curve.findings),
        f"无来源成本(NE),不在曲线上的{len(curve.left_out)}项措施:{left}" if curve.left_out else "",
        f"投资(亿元,方案比无方案多出,有来源的部分):{','.join(f'{y}年 {x / 1e8:.1f}' for y, x in investment.items())}"
        if investment
        else "",
        "成本来源与等级:"
        + ";".join(f"{names[c.id]} {'、'.join(c.sources)}({c.grade})" for c in costs if c.cost is not None)
        if curve.order
        else "",
        f"实际贴现率 {rate:.1%};发电按燃煤基准价计收益,不含系统成本;燃料替代只计燃料差价",
        f"账户 {account},{year}年,方法 {method};财政投入 public budget: NE",
        origin_line(origin_of(city)),
    )


@refusing
def score(
    case: CaseArgument,
    scenario: ScenarioOption = "no-plan",
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """模型与已发生的实际值对照(CRPS、区间覆盖) · the model beside what happened."""
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model, draw, learn, one_sided, outlook, readings_of
    from dafeng.pathway import scenario as scenario_of
    from dafeng.pathway import score as scores_of

    city = load(case)
    inventory = build(city)
    compiled = compile_model(city, inventory)
    point = scenario_of(city, compiled, scenario)
    compiled, delivery, draws = point.model, point.delivery, draw(compiled, samples, seed)
    readings = readings_of(city, compiled.base.year, inventory)
    scores = scores_of(compiled, delivery, draws, readings)
    learned = learn(compiled, delivery, draws, readings) if any(r.independent for r in readings) else None
    account = city.city.headline_account
    ahead = None if learned is None else outlook(compiled, delivery, draws, learned, account)
    if as_json:
        print_json(
            {
                **origin_of(city, seed, samples),
                "scores": [asdict(s) for s in scores],
                "effective_sample_size": None if ahead is None else ahead.effective_sample_size,
                "outlook": None if ahead is None else asdict(ahead),
                "findings": [finding.as_dict() for finding in one_sided(scores)],
            }
        )
        return
    shown(
        tables.scores(scores, tables.quantity_names()),
        "单位:百万吨 CO2 或 TWh · Mt CO2 or TWh",
        "百分数为相对基准年的全省增长,与本市模型对照 · % is growth of the province since the base year",
        *(() if ahead is None else _learned(ahead, samples)),
        *(f"提示: {finding.zh}" for finding in one_sided(scores)),
        origin_line(origin_of(city, seed, samples)),
    )


def _cheapest(found: "LeastDelivery", sure: float, names: "Mapping[str, str]") -> str:
    """The least cost among the measures whose cost has a source."""
    if not found.reached:
        return f"只用有来源成本的措施达不到 {sure:.0%}(最多 {found.probability:.1%}),不能给出最低成本 · least cost: not with sourced costs alone"
    chosen = ",".join(f"{names[name]} {degree:.0%}" for name, degree in found.delivery.items()) or "—"
    return f"只用有来源成本的措施,成本最低:{chosen}(概率 {found.probability:.1%})"


def _learned(ahead: "Outlook", samples: int) -> tuple[str, ...]:
    """What the independent readings change, in two lines."""
    before, after = (
        f"{b / 1e4:,.0f} ({a / 1e4:,.0f}–{c / 1e4:,.0f})" for a, b, c in (ahead.before, ahead.after)
    )
    return (
        f"按独立观测加权后的有效样本 effective samples: {ahead.effective_sample_size:.0f}/{samples}",
        f"账户 {ahead.account} {ahead.year}年(万吨):加权前 {before},加权后 {after};"
        f"{ahead.deadline}年及以前达峰 {ahead.chance_before:.1%} → {ahead.chance_after:.1%}",
    )


@refusing
def history(case: CaseArgument, as_json: JsonOption = False) -> None:
    """历史序列是否已达峰、有无趋势 · has the past peaked, is there a trend."""
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import history as histories

    city = load(case)
    found = histories(city, build(city))
    if as_json:
        rows = [
            {
                "series": h.series,
                "first": h.first,
                "last": h.last,
                "peak": h.peak._asdict(),
                "trend": h.trend._asdict(),
            }
            for h in found
        ]
        print_json({**origin_of(city), "unit": "tCO2", "series": rows})
        return
    shown(
        tables.histories(found),
        "已达峰的判定:最大值之后至少五年、至少三个数据点,且比最大值低 10 % 以上;趋势为 Mann–Kendall 检验",
        origin_line(origin_of(city)),
    )
