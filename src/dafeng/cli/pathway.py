"""`dafeng pathway`: scenarios, attribution, decomposition, sensitivity and the origin of a number."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dafeng import __version__
from dafeng.cli import pathway_forecast, pathway_plan
from dafeng.cli.cluster import executor_at
from dafeng.cli.pathway_options import (
    SEED,
    AccountOption,
    CaseArgument,
    ClusterOption,
    JsonOption,
    SamplesOption,
    ScenarioOption,
    SeedOption,
    TopOption,
    changes_of,
    model_of,
    origin_line,
    origin_of,
    print_json,
    refusing,
    years_of,
)
from dafeng.cli.room import room
from dafeng.cli.tables import pathway as tables
from dafeng.cli.terminal import shown
from dafeng.evidence import DafengError

# samples on which the runs of response tables are checked to hold
COVERAGE_SAMPLES = 256

app = room("年度路径 · the annual model")


@app.callback()
def _root() -> None:
    pass


@app.command("run")
@refusing
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
    iamc: Annotated[
        Path | None, typer.Option(help="另存为 IAMC 格式 CSV · write as IAMC CSV, which pyam reads")
    ] = None,
    responses: Annotated[
        list[Path] | None,
        typer.Option(
            "--response",
            exists=True,
            dir_okay=False,
            help="小时模型响应表,可多个 · stored response tables of the hourly model",
        ),
    ] = None,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """比较情景:排放和达峰 · scenarios beside each other. --set 应用于每个情景 applies to each."""
    from dataclasses import replace

    from dafeng.pathway import compare, coupling_findings, delivery_draws, write_iamc
    from dafeng.pathway import scenario as scenario_of

    changes, wanted = changes_of(settings or []), years_of(years)
    city, compiled = model_of(case)
    if responses:
        from dafeng.dispatch import read_response
        from dafeng.pathway import couple

        compiled = couple(compiled, [read_response(path, city) for path in responses])
    points = {
        name: scenario_of(city, compiled, name, changes)
        for name in dict.fromkeys(scenario or ["no-plan", "plan"])
    }
    if uncertain:
        points = {
            name: replace(p, delivery=delivery_draws(compiled, p.delivery, samples, seed))
            for name, p in points.items()
        }
    with executor_at(cluster) as executor:
        found = compare(compiled, points, samples, seed, wanted, executor=executor)
    if iamc is not None:
        write_iamc(found, f"dafeng {__version__}", city.city.name_en, iamc)
    origin = origin_of(city, seed, samples)
    outside = {
        finding.code: finding
        for point in points.values()
        for finding in coupling_findings(point.model, point.delivery, min(samples, COVERAGE_SAMPLES), seed)
    }.values()
    if as_json:
        findings = [finding.as_dict() for finding in outside]
        print_json({**origin, "unit": "tCO2", "scenarios": [asdict(p) for p in found], "findings": findings})
        return
    titles = {name: str(found["title_zh"]) for name, found in city.scenarios.items() if "title_zh" in found}
    shown(tables.scenarios(found, wanted, titles), "万吨 CO2,中位数 · 10⁴ t CO2, median", origin_line(origin))
    for finding in outside:
        typer.echo(f"· {finding.zh} · {finding.en}")


@app.command("attribute")
@refusing
def attribute(
    case: CaseArgument,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    top: TopOption = 20,
    as_json: JsonOption = False,
) -> None:
    """方案减排归因到措施、任务、部门、县区 · what each measure, task, department and county takes."""
    from dafeng.case import load
    from dafeng.pathway import run as project

    city = load(case)
    found = project(city, samples=samples, seed=seed).results.attribution
    origin = origin_of(city, seed, samples)
    if as_json:
        print_json({**origin, "unit": "MtCO2", **({} if found is None else found.model_dump())})
        return
    if found is None:
        raise DafengError.at("measures.csv", "no measure with an effect", "a quantified measure")
    total = f"账户 {found.account},{found.quantity}:合计 {100 * found.total.value:.2f} 万吨"
    shown(
        tables.shares(found, top),
        total,
        "沙普利值;± 为抽样标准误 · Shapley shares, standard errors of sampling",
        "首位:单独实施时的减排;末位:在其余措施之上再实施时的减排 · first in: alone; last in: on top of all others",
        origin_line(origin),
    )


@app.command("decompose")
@refusing
def decompose(
    case: CaseArgument,
    scenario: ScenarioOption = "plan",
    years: Annotated[
        str, typer.Option(help="起止年 A:B,过去或将来 · start and end, past or to come")
    ] = "2020:2030",
    account: AccountOption = "A",
    sectors: Annotated[
        bool, typer.Option("--sectors", help="按行业分解活动与强度 · activity and intensity by sector")
    ] = False,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """排放变化的因素分解(Kaya,LMDI) · what drove the change. 清单年份(基准年以前)用统计数据 past years from statistics."""
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model, decompose_past, decompose_sectors, draw
    from dafeng.pathway import decompose as kaya
    from dafeng.pathway import scenario as scenario_of

    span = years_of(years)
    city = load(case)
    inventory = build(city)
    past = span[0] < inventory.base_year
    if past:
        found = decompose_past(city, inventory, span[0], span[-1], account, sectors)
    else:
        compiled = compile_model(city, inventory)
        point = scenario_of(city, compiled, scenario)
        split = decompose_sectors if sectors else kaya
        draws = draw(compiled, samples, seed)
        found = split(point.model, point.delivery, draws, span[0], span[-1], account)
    origin = origin_of(city) if past else origin_of(city, seed, samples)
    named = "observed" if past else scenario
    if as_json:
        print_json({**origin, "scenario": named, "unit": "tCO2", **asdict(found)})
        return
    ranged = "历史,统计数据" if past else f"情景 {scenario},均值与 5–95 %"
    shown(
        tables.effects(found),
        f"{found.start}–{found.end}年账户 {account}:变化 {found.change_t / 1e4:+,.1f} 万吨({ranged})",
        *(f"两年中有一年未估算,未计入 · not estimated in one of the years: {row}" for row in found.left_out),
        origin_line(origin),
    )


@app.command("sensitivity")
@refusing
def sensitivity(
    case: CaseArgument,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    top: TopOption = 15,
    sobol: Annotated[
        bool, typer.Option("--sobol", help="另行设计的 Sobol 指标 · Sobol indices by a design of their own")
    ] = False,
    year: Annotated[int, typer.Option(help="--sobol 的年份 · year for --sobol")] = 2030,
    as_json: JsonOption = False,
) -> None:
    """哪些假定决定结果的不确定性 · which inputs carry the spread."""
    if sobol:
        _sobol(case, samples, seed, top, year, as_json)
        return
    from dafeng.pathway import run as project

    found = project(case, samples=samples, seed=seed)
    results = found.results
    if as_json:
        print_json(
            {
                "case": found.case,
                "release": found.release,
                "seed": seed,
                "samples": samples,
                "influences": [row.model_dump() for row in results.influences],
                "data_requests": [row.model_dump() for row in results.data_requests],
            }
        )
        return
    rows = [(row.name_zh, (f"{row.share:.1%}",), row.grade, row.source) for row in results.influences[:top]]
    wanted = (
        f"{rank}. {d.title_zh}({d.holder_zh}):升降 {d.share:.0%}、水平 {d.level_share:.0%}"
        for rank, d in enumerate(results.data_requests, 1)
    )
    origin = {"case": found.case, "release": found.release, "seed": seed, "samples": samples}
    shown(
        tables.influences(rows, "方差份额"),
        "最值得补的数据(占升降方差、2030年水平方差的份额):",
        *wanted,
        origin_line(origin),
    )


@app.command("explain")
@refusing
def explain(
    case: CaseArgument,
    variable: Annotated[str, typer.Argument(help="A、B 或模型量 · an account or a quantity")],
    year: Annotated[int, typer.Argument(help="年份 · year")],
    scenario: ScenarioOption = "plan",
    top: TopOption = 12,
    as_json: JsonOption = False,
) -> None:
    """这个数为什么是这样 · why is this number so."""
    from dafeng.pathway import explain as trace
    from dafeng.pathway import made_of, quantity_unit
    from dafeng.pathway import scenario as scenario_of

    city, compiled = model_of(case)
    point = scenario_of(city, compiled, scenario)
    value, origins = trace(city, point.model, variable, year, point.delivery, top)
    terms = made_of(point.model, variable, year, point.delivery)
    unit = quantity_unit(variable)
    cited = {o.source: city.sources[o.source].citation for o in origins if o.source in city.sources}
    if as_json:
        print_json(
            {
                **origin_of(city),
                "scenario": scenario,
                "variable": variable,
                "year": year,
                "value": value,
                "unit": unit,
                "made_of": terms,
                "sources": cited,
                "inputs": [asdict(o) for o in origins],
            }
        )
        return
    number, name = tables.amount(value, unit)
    shown(
        tables.origins(origins, unit), f"{variable} {year} = {number} {name}(情景 {scenario},中心情形)",
        tables.sum_of(terms, unit),
        "影响:输入由 5 % 到 95 %、措施由不落实到全部落实时该量的变化;第二行为 drivers.csv 或 measures.csv 中的行",
        *(f"来源 {source}:{citation}" for source, citation in cited.items()),
        origin_line(origin_of(city)),
    )  # fmt: skip


def _sobol(case: str, samples: int, seed: int, top: int, year: int, as_json: bool) -> None:
    """`samples` are shared by four scrambles, as everywhere; each is evaluated once for every driver and twice more."""
    from dafeng.pathway import sobol_of

    city, compiled = model_of(case)
    found = sobol_of(
        compiled, compiled.delivery(1.0), year, city.city.headline_account, max(samples // 4, 4), seed
    )
    drivers = [
        {
            "parameter": driver.parameter, "name_zh": driver.name_zh, "grade": driver.grade, "source": driver.source,
            "first": float(found.first[k]), "first_standard_error": float(found.first_standard_error[k]),
            "total": float(found.total[k]), "total_standard_error": float(found.total_standard_error[k]),
        }
        for k, driver in enumerate(compiled.drivers)
    ]  # fmt: skip
    drivers.sort(key=lambda row: -float(str(row["total"])))
    if as_json:
        print_json({**origin_of(city, seed, samples), "year": year, "indices": drivers})
        return
    rows = [
        (
            str(row["name_zh"]), (f"{row['first']:.1%}", f"{row['total']:.1%}", f"{row['total_standard_error']:.1%}"),
            str(row["grade"]), str(row["source"]),
        ) for row in drivers[:top]
    ]  # fmt: skip
    told = f"{year}年账户 {city.city.headline_account},方案情景 · of the plan"
    shown(
        tables.influences(rows, "一阶", "总", "± 标准误"), told, origin_line(origin_of(city, seed, samples))
    )


@app.command("parameters")
@refusing
def parameters(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="输出为 Markdown 页面 · the page docs/parameters.md")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """模型参数:单位、默认值、上下限、方程 · list the parameters a case may set, with unit, default, bounds and equation."""
    from dafeng.pathway import parameter_kinds, parameter_page

    if markdown:
        typer.echo(parameter_page(), nl=False)
        return
    kinds = parameter_kinds().values()
    if as_json:
        print_json({"parameters": [asdict(kind) for kind in kinds]})
        return
    shown(tables.parameters(kinds), "* 代表任一分部门 · x.* is x of any segment, for example saving.steel")


app.command("feasible")(pathway_plan.feasible)
app.command("cost")(pathway_plan.cost)
app.command("score")(pathway_plan.score)
app.command("history")(pathway_plan.history)
app.command("hindcast")(pathway_forecast.hindcast)
