"""`dafeng pathway`: scenarios, attribution, decomposition, sensitivity and the origin of a number."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dafeng.cli.cluster import executor_at

if TYPE_CHECKING:
    from dafeng.case import Case
    from dafeng.pathway import Model

app = typer.Typer(no_args_is_help=True, help="年度路径 · the annual model")

CaseArgument = Annotated[str, typer.Argument(help="案例名或文件夹 · bundled name or folder")]
SamplesOption = Annotated[int, typer.Option(min=64, help="样本数 · samples")]
SeedOption = Annotated[int, typer.Option(help="随机种子 · seed")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON · print JSON")]
ClusterOption = Annotated[
    str | None, typer.Option(help="Dask 调度器地址 · run on a Dask cluster, as tcp://host:8786")
]
ScenarioOption = Annotated[str, typer.Option(help="情景 · scenario of the case")]

MEGA = 1e6
SEED = 20300101


@app.callback()
def _root() -> None:
    pass


def _model(name: str) -> "tuple[Case, Model]":
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model

    city = load(name)
    return city, compile_model(city, build(city))


def _changes(settings: list[str]) -> dict[str, float]:
    from dafeng.evidence import Problems

    problems, changes = Problems(), {}
    for setting in settings:
        measure, _, degree = setting.partition("=")
        try:
            changes[measure] = float(degree)
        except ValueError:
            problems.add(
                "--set",
                setting,
                "MEASURE=DEGREE with a degree from 0 to 1",
                "for instance wind_solar_927=0.6",
            )
    problems.raise_if_any()
    return changes


def _years(text: str) -> list[int]:
    from dafeng.evidence import DafengError

    first, _, last = text.partition(":")
    try:
        return list(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise DafengError.at("--years", text, "a year or FIRST:LAST") from error


def _print_json(content: Any) -> None:
    from dafeng.cli.terminal import print_json

    print_json(_plain(content))


def _plain(content: Any) -> Any:
    """Arrays as lists, NaN as null, keys as text."""
    if isinstance(content, dict):
        return {str(key): _plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(value) for value in content]
    if hasattr(content, "tolist"):
        return _plain(content.tolist())
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def _table(*columns: str) -> Any:
    from rich.table import Table

    return Table(*columns)


def _show(table: Any, *lines: str) -> None:
    from rich.console import Console

    console = Console()
    console.print(table)
    for line in lines:
        console.print(line, markup=False)


@app.command("run")
def run(
    case: CaseArgument,
    scenario: Annotated[list[str] | None, typer.Option(help="情景,可多个 · scenarios of the case")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="措施=完成度 · MEASURE=DEGREE")] = None,
    years: Annotated[str, typer.Option(help="年份范围 A:B · years")] = "2020:2035",
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    uncertain: Annotated[
        bool, typer.Option("--uncertain-delivery", help="落实程度也不确定 · delivery is uncertain too")
    ] = False,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """比较情景:排放和达峰 · scenarios beside each other. --set 应用于每个情景 applies to each."""
    from dafeng.pathway import compare, delivery_draws, scenario_delivery

    city, model = _model(case)
    changes, wanted = _changes(settings or []), _years(years)
    names = scenario or ["no-plan", "plan"]
    points = {name: scenario_delivery(city, model, name, changes) for name in names}
    if uncertain:
        points = {name: delivery_draws(model, point, samples, seed) for name, point in points.items()}
    with executor_at(cluster) as executor:
        found = compare(model, points, samples, seed, wanted, executor=executor)
    if as_json:
        _print_json(
            {
                "case": city.name,
                "release": city.release,
                "seed": seed,
                "samples": samples,
                "unit": "tCO2",
                "scenarios": [asdict(p) for p in found],
            }
        )
        return
    table = _table(
        "情景 scenario", "账户 account", *(str(y) for y in wanted), "达峰 peak (5–95 %)", "P(<2030)"
    )
    for point in found:
        for account, band in point.bands.items():
            low, middle, high = point.peak_year[account]
            cells = (f"{value / MEGA:.1f}" for value in band.median)
            table.add_row(
                point.name,
                account,
                *cells,
                f"{middle:.0f} ({low:.0f}–{high:.0f})",
                f"{point.before_2030[account]:.1%}",
            )
    _show(table, "百万吨 CO2,中位数 · Mt CO2, median")


@app.command("attribute")
def attribute(
    case: CaseArgument,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    top: int = 20,
    as_json: JsonOption = False,
) -> None:
    """方案减排归因到措施、任务、部门 · what each measure, task and department takes."""
    from dafeng.pathway import run as project

    found = project(case, samples=samples, seed=seed).attribution
    if as_json:
        _print_json({"seed": seed, "samples": samples, "unit": "tCO2", **asdict(found)})
        return
    table = _table("类 kind", "名称 name", "万吨 10⁴ t", "± 标准误 SE")
    for group in (found.measures, found.tasks, found.departments):
        for share in group[:top]:
            table.add_row(
                share.kind,
                share.name_zh,
                f"{share.reduction_t / 1e4:.2f}",
                f"{share.standard_error_t / 1e4:.2f}",
            )
    _show(table, f"账户 {found.account},{found.quantity}:合计 total {found.total_t / 1e4:.2f} 万吨")


@app.command("decompose")
def decompose(
    case: CaseArgument,
    scenario: ScenarioOption = "plan",
    years: Annotated[str, typer.Option(help="起止年 A:B · start and end")] = "2020:2030",
    account: Annotated[str, typer.Option(help="账户 A、B · account")] = "A",
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """排放变化的因素分解(Kaya,LMDI) · what drove the change."""
    from dafeng.pathway import decompose as split
    from dafeng.pathway import draw, scenario_delivery

    city, model = _model(case)
    span = _years(years)
    found = split(
        model,
        scenario_delivery(city, model, scenario),
        draw(model, samples, seed),
        span[0],
        span[-1],
        account,
    )
    if as_json:
        _print_json({"case": city.name, "scenario": scenario, "seed": seed, "unit": "tCO2", **asdict(found)})
        return
    table = _table("因素 factor", "万吨 10⁴ t", "5 %", "95 %")
    for name, effect in found.effect_t.items():
        table.add_row(
            name,
            f"{effect / 1e4:+.1f}",
            f"{found.low_t[name] / 1e4:+.1f}",
            f"{found.high_t[name] / 1e4:+.1f}",
        )
    _show(table, f"{found.start}–{found.end} 账户 {account}:变化 change {found.change_t / 1e4:+.1f} 万吨")


@app.command("sensitivity")
def sensitivity(
    case: CaseArgument,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    top: int = 15,
    as_json: JsonOption = False,
) -> None:
    """哪些假定决定结果的不确定性 · which inputs carry the spread."""
    from dafeng.pathway import run as project

    found = project(case, samples=samples, seed=seed)
    if as_json:
        _print_json(
            {
                "case": found.case,
                "release": found.release,
                "seed": seed,
                "influences": [asdict(i) for i in found.influences],
                "data_requests": [asdict(d) for d in found.data_requests],
            }
        )
        return
    table = _table("参数 parameter", "名称 name", "方差份额 share", "等级 grade", "来源 source")
    for row in found.influences[:top]:
        table.add_row(row.parameter, row.name_zh, f"{row.share:.1%}", row.grade, row.source)
    _show(table, *(f"{d.title_zh}({d.holder_zh}):{d.share:.0%}" for d in found.data_requests))


@app.command("explain")
def explain(
    case: CaseArgument,
    variable: Annotated[str, typer.Argument(help="A、B 或模型量 · an account or a quantity")],
    year: Annotated[int, typer.Argument(help="年份 · year")],
    scenario: ScenarioOption = "plan",
    top: int = 12,
    as_json: JsonOption = False,
) -> None:
    """这个数为什么是这样 · why is this number so."""
    from dafeng.pathway import explain as trace
    from dafeng.pathway import scenario_delivery

    city, model = _model(case)
    value, origins = trace(city, model, variable, year, scenario_delivery(city, model, scenario), top)
    if as_json:
        _print_json(
            {
                "case": city.name,
                "release": city.release,
                "variable": variable,
                "year": year,
                "value": value,
                "inputs": [asdict(o) for o in origins],
            }
        )
        return
    table = _table(
        "输入 input",
        "表 table",
        "数值 value",
        "范围 range",
        "单位 unit",
        "影响 effect",
        "等级 grade",
        "来源 source",
    )
    for o in origins:
        table.add_row(
            f"{o.name_zh} {o.parameter}",
            f"{o.table}:{o.row}",
            f"{o.value:.4g}",
            f"{o.low:.4g}–{o.high:.4g}",
            o.unit,
            f"{o.effect:+.4g}",
            o.grade,
            o.source,
        )
    _show(table, f"{variable} {year} = {value:.6g}")


@app.command("feasible")
def feasible(
    case: CaseArgument,
    sure: Annotated[float, typer.Option(help="要求的概率 · probability asked for")] = 0.9,
    account: Annotated[str, typer.Option(help="账户 A、B · account")] = "A",
    year: Annotated[int, typer.Option(help="目标年 · year of the plan's figures")] = 2030,
    samples: SamplesOption = 1024,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """方案自身够不够:指标缺口、2030年前达峰所需的最少落实 · does the plan add up."""
    from dafeng.pathway import draw, gaps, least_delivery

    city, model = _model(case)
    draws = draw(model, samples, seed)
    asked, least = gaps(model, draws, year), least_delivery(model, draws, sure, account)
    if as_json:
        _print_json(
            {
                "case": city.name,
                "release": city.release,
                "seed": seed,
                "samples": samples,
                "gaps": [asdict(g) for g in asked],
                "least_delivery": asdict(least),
            }
        )
        return
    table = _table("措施 measure", f"方案数 {year}", "其余措施下 implied (5–95 %)", "缺口 gap", "单位 unit")
    for gap in asked:
        low, middle, high = gap.implied
        table.add_row(
            gap.measure,
            f"{gap.figure:.4g}",
            f"{middle:.4g} ({low:.4g}–{high:.4g})",
            f"{gap.gap:+.4g}",
            gap.unit,
        )
    wanted = ",".join(f"{name} {degree:.0%}" for name, degree in least.delivery.items()) or "—"
    _show(
        table,
        f"账户 {account} {least.deadline}年及以前达峰的概率:无方案 {least.without:.1%},方案 {least.plan:.1%}",
        f"达到 {sure:.0%} 的最少落实:{wanted}(概率 {least.probability:.1%})"
        if least.reached
        else f"整个方案也达不到 {sure:.0%}",
    )


@app.command("score")
def score(
    case: CaseArgument,
    scenario: ScenarioOption = "no-plan",
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """模型与已发生的实际值对照(CRPS、区间覆盖) · the model beside what happened."""
    from dafeng.pathway import draw, effective_sample_size, learn, readings_of, scenario_delivery
    from dafeng.pathway import score as scores_of

    city, model = _model(case)
    draws, delivery = draw(model, samples, seed), scenario_delivery(city, model, scenario)
    readings = readings_of(city, model.base.year)
    scores = scores_of(model, delivery, draws, readings)
    learned = learn(model, delivery, draws, readings) if any(r.independent for r in readings) else None
    worth = None if learned is None else effective_sample_size(learned.weights)
    if as_json:
        _print_json(
            {
                "case": city.name,
                "release": city.release,
                "seed": seed,
                "samples": samples,
                "scores": [asdict(s) for s in scores],
                "effective_sample_size": worth,
            }
        )
        return
    table = _table(
        "量 quantity",
        "年 year",
        "实际 observed",
        "模型 model (5–95 %)",
        "区间内 covered",
        "CRPS",
        "独立 independent",
        "来源 source",
    )
    for s in scores:
        r = s.reading
        table.add_row(
            r.quantity, str(r.year), f"{r.value / MEGA:.2f}", f"{s.median / MEGA:.2f} ({s.low / MEGA:.2f}–{s.high / MEGA:.2f})",
            "是" if s.covered else "否", f"{s.crps / MEGA:.2f}", "是" if r.independent else "否", r.source,
        )  # fmt: skip
    _show(
        table,
        "单位:百万吨 CO2 或 TWh · Mt CO2 or TWh",
        "" if worth is None else f"按独立观测加权后的有效样本 effective samples: {worth:.0f}/{samples}",
    )


@app.command("history")
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
        _print_json({"case": city.name, "release": city.release, "unit": "tCO2", "series": rows})
        return
    table = _table(
        "序列 series",
        "年份 years",
        "最大值年 maximum",
        "已达峰 peaked",
        "趋势 p",
        "斜率 10⁴ t/a",
        "原因 reason",
    )
    for h in found:
        table.add_row(
            h.series, f"{h.first}–{h.last}", f"{h.peak.year:.0f}", "是" if h.peak.peaked else "否", f"{h.trend.p_value:.3f}",
            f"{h.trend.slope / 1e4:+.1f}", h.peak.reason,
        )  # fmt: skip
    _show(table)
