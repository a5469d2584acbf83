"""`dafeng pathway`: scenarios, attribution, decomposition, sensitivity and the origin of a number."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dafeng import __version__
from dafeng.cli import pathway_plan
from dafeng.cli import pathway_tables as tables
from dafeng.cli.cluster import executor_at
from dafeng.cli.pathway_options import (
    SEED,
    CaseArgument,
    ClusterOption,
    JsonOption,
    SamplesOption,
    ScenarioOption,
    SeedOption,
    changes_of,
    model_of,
    print_json,
    years_of,
)
from dafeng.cli.terminal import shown

app = typer.Typer(no_args_is_help=True, help="年度路径 · the annual model")


@app.callback()
def _root() -> None:
    pass


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
    from dafeng.pathway import compare, delivery_draws, scenario_delivery, write_iamc

    city, compiled = model_of(case)
    if responses:
        from dafeng.dispatch import read_response
        from dafeng.pathway import couple

        compiled = couple(compiled, [read_response(path, city) for path in responses])
    changes, wanted = changes_of(settings or []), years_of(years)
    names = scenario or ["no-plan", "plan"]
    points = {name: scenario_delivery(city, compiled, name, changes) for name in names}
    if uncertain:
        points = {name: delivery_draws(compiled, point, samples, seed) for name, point in points.items()}
    with executor_at(cluster) as executor:
        found = compare(compiled, points, samples, seed, wanted, executor=executor)
    if iamc is not None:
        write_iamc(found, f"dafeng {__version__}", city.city.name_en, iamc)
    if as_json:
        print_json(
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
    titles = {name: str(found["title_zh"]) for name, found in city.scenarios.items() if "title_zh" in found}
    shown(tables.scenarios(found, wanted, titles), "万吨 CO2,中位数 · 10⁴ t CO2, median")


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
        print_json({"seed": seed, "samples": samples, "unit": "tCO2", **asdict(found)})
        return
    total = f"账户 {found.account},{found.quantity}:合计 {found.total_t / 1e4:.2f} 万吨"
    shown(
        tables.shares(found, top),
        total,
        "沙普利值;± 为抽样标准误 · Shapley shares, standard errors of sampling",
    )


@app.command("decompose")
def decompose(
    case: CaseArgument,
    scenario: ScenarioOption = "plan",
    years: Annotated[str, typer.Option(help="起止年 A:B · start and end")] = "2020:2030",
    account: Annotated[str, typer.Option(help="账户 A、B · account")] = "A",
    sectors: Annotated[
        bool, typer.Option("--sectors", help="按行业分解活动与强度 · activity and intensity by sector")
    ] = False,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """排放变化的因素分解(Kaya,LMDI) · what drove the change."""
    from dafeng.pathway import decompose as kaya
    from dafeng.pathway import decompose_sectors, draw, scenario_delivery

    city, compiled = model_of(case)
    span = years_of(years)
    split = decompose_sectors if sectors else kaya
    found = split(
        compiled,
        scenario_delivery(city, compiled, scenario),
        draw(compiled, samples, seed),
        span[0],
        span[-1],
        account,
    )
    if as_json:
        print_json({"case": city.name, "scenario": scenario, "seed": seed, "unit": "tCO2", **asdict(found)})
        return
    change = (
        f"{found.start}–{found.end}年账户 {account}:变化 {found.change_t / 1e4:+,.1f} 万吨(均值与 5–95 %)"
    )
    shown(tables.effects(found), change)


@app.command("sensitivity")
def sensitivity(
    case: CaseArgument,
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    top: int = 15,
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
    if as_json:
        print_json(
            {
                "case": found.case,
                "release": found.release,
                "seed": seed,
                "influences": [asdict(i) for i in found.influences],
                "data_requests": [asdict(d) for d in found.data_requests],
            }
        )
        return
    rows = [(row.name_zh, (f"{row.share:.1%}",), row.grade, row.source) for row in found.influences[:top]]
    wanted = (
        f"{rank}. {d.title_zh}({d.holder_zh}):{d.share:.0%}" for rank, d in enumerate(found.data_requests, 1)
    )
    shown(tables.influences(rows, "方差份额"), "最值得补的数据(占升降方差的份额):", *wanted)


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
    from dafeng.pathway import quantity_unit, scenario_delivery

    city, compiled = model_of(case)
    value, origins = trace(city, compiled, variable, year, scenario_delivery(city, compiled, scenario), top)
    if as_json:
        print_json(
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
    unit = quantity_unit(variable)
    number, name = tables.amount(value, unit)
    shown(
        tables.origins(origins, unit), f"{variable} {year} = {number} {name}(中心情形)",
        "影响:输入由 5 % 到 95 %、措施由不落实到全部落实时该量的变化;第二行为 drivers.csv 或 measures.csv 中的行",
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
        head = {"case": city.name, "release": city.release, "seed": seed, "samples": samples, "year": year}
        print_json({**head, "indices": drivers})
        return
    rows = [
        (
            str(row["name_zh"]), (f"{row['first']:.1%}", f"{row['total']:.1%}", f"{row['total_standard_error']:.1%}"),
            str(row["grade"]), str(row["source"]),
        ) for row in drivers[:top]
    ]  # fmt: skip
    told = f"{year}年账户 {city.city.headline_account},方案情景 · of the plan"
    shown(tables.influences(rows, "一阶", "总", "± 标准误"), told)


app.command("feasible")(pathway_plan.feasible)
app.command("cost")(pathway_plan.cost)
app.command("score")(pathway_plan.score)
app.command("history")(pathway_plan.history)
