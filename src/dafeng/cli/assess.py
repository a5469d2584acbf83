"""`dafeng assess`: cascade of a target, scoring, aims of dual control."""

import csv
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli.assess_follow_up import app as follow_up_app
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, refusals, shown
from dafeng.evidence import DafengError

app = room("评价考核:目标分解、考核计分、双控目标。 Share out targets, score, list aims of dual control.")

app.add_typer(follow_up_app, name="follow-up")

Paper = Annotated[
    Path | None, typer.Option("--paper", help="另存为公文格式 docx · also write an official docx")
]
Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]


@app.command()
def cascade(
    source: Annotated[str, typer.Argument(help="案例,或含 part、base 等列的 CSV · a case, or a CSV of parts")],
    total: Annotated[float, typer.Option("--total", help="待分解总量 · amount to share out")],
    unit: Annotated[str, typer.Option("--unit", help="总量的单位 · unit of the amount")] = "t",
    method: Annotated[list[str] | None, typer.Option("--method", help="方法,可重复;缺省为全部 · method, repeatable; default all")] = None,
    year: Annotated[int | None, typer.Option("--year", help="案例的基期年 · base year of a case")] = None,
    reserve: Annotated[float, typer.Option("--reserve", min=0.0, max=0.99, help="基准法的预备比例 · share kept in reserve")] = 0.0,
    elasticity: Annotated[float, typer.Option("--elasticity", min=0.0, help="支付能力弹性 · elasticity of capability")] = 1.0,
    convergence: Annotated[float, typer.Option("--convergence", min=0.0, max=1.0, help="人均趋同程度 · degree of convergence")] = 0.5,
    decimals: Annotated[int, typer.Option("--decimals", min=0, max=6, help="小数位数 · decimals")] = 0,
    paper: Paper = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """按多种公开方法分解总量,并列比较。 Share out an amount by published methods, side by side.

    分解结果之和与总量逐位相等;缺少数据的方法列出原因。 The parts add up to the last unit; a method whose data are missing says so.
    """
    from dafeng.assessment import METHODS, Settings, propose

    with refusals(as_json):
        basis = _basis(source, year)
        found = propose(
            total, basis.parts, unit, method or tuple(METHODS), Settings(reserve, elasticity, convergence),
            (basis.floor, basis.ceiling), basis.names, decimals,
        )  # fmt: skip
        if not found.proposals:
            raise DafengError.at(
                "cascade", "; ".join(found.unusable.values()), "data for at least one method"
            )
        if paper:
            from dafeng.report import breakdown

            breakdown(found, basis.names, "总量目标", _written_day(None)).save(paper)
    if as_json:
        print_json({"schema_version": 1, **_plain(asdict(found))})
        return
    for three in range(0, len(found.proposals), 3):
        shown(_side_by_side(found.proposals[three : three + 3], basis, decimals))
    reasons = [line.why_zh for p in found.proposals for line in p.lines] if len(found.proposals) == 1 else []
    unusable = [f"不可用 unusable {name}: {why}" for name, why in found.unusable.items()]
    shown(None, f"总量 total {total:,.10g} {unit}", *reasons, *unusable)


def _side_by_side(proposals: Any, basis: Any, decimals: int) -> Any:
    heads = [f"{p.zh}\n{p.en}" for p in proposals]
    table = compact("单元\npart", *heads, figures=range(1, len(heads) + 1))
    for number, part in enumerate(basis.parts.ids):
        table.add_row(
            basis.names.get(part, part), *(f"{p.lines[number].amount:,.{decimals}f}" for p in proposals)
        )
    table.add_row("预备 reserve", *(f"{p.reserve:,.{decimals}f}" for p in proposals))
    return table


def _basis(source: str, year: int | None) -> Any:
    from dafeng.assessment import basis_of_case, read_basis

    if source.lower().endswith(".csv"):
        return read_basis(Path(source))
    from dafeng.case import load
    from dafeng.inventory import build

    case = load(source)
    inventory = build(case)
    return basis_of_case(case, inventory, year or case.city.base_year)


@app.command("score")
def score_command(
    scheme: Annotated[str, typer.Argument(help="计分方案:内置名称或 YAML · scheme: name or YAML file")],
    values: Annotated[Path, typer.Argument(help="CSV:name、value、evidence · CSV with name, value, evidence")],
    on: Annotated[str | None, typer.Option("--on", help="考核日期;缺省为今天 · day of assessment; default today")] = None,
    attribute: Annotated[list[str] | None, typer.Option("--attribute", help="单位属性 名=值 · attribute of the body, name=value")] = None,
    paper: Paper = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """按计分方案考核。 Score by a scheme: points, ladders, vetoes, bonuses, grade."""
    from dafeng.assessment import load_scheme, score, sheet_of

    with refusals(as_json):
        statistics, evidence = sheet_of(_values(values))
        applied = load_scheme(scheme)
        applied = load_scheme(scheme)
        sheet = score(applied, statistics, evidence, _day(on), _attributes(attribute or []))
        if paper:
            from dafeng.report import self_assessment

            self_assessment(applied, sheet, _written_day(on)).save(paper)
    if as_json:
        print_json({"schema_version": 1, **_plain(asdict(sheet))})
        return
    table = compact("项目 item", "得分 points", "加分 bonus", "满分 of", "说明 why", figures=(1, 2, 3))
    for line in sheet.lines:
        table.add_row(f"{line.zh} {line.en}", str(line.points), str(line.bonus), str(line.possible), f"{line.why_zh} {line.why_en}")  # fmt: skip
    vetoed = f"否决 veto: {'; '.join(sheet.vetoes)}" if sheet.vetoes else ""
    missing = f"缺失 missing: {sheet.missing}" if sheet.missing else ""
    unsure = "" if sheet.confirmed else "方案未与原文核对 scheme not compared with its original"
    shown(
        table,
        f"总分 total {sheet.total}  {sheet.grade_zh} {sheet.grade_en}".rstrip(),
        vetoed,
        missing,
        unsure,
    )


def _values(path: Path) -> dict[str, dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DafengError.at(
            str(path), str(error), "a CSV in UTF-8 with the columns name, value, evidence"
        ) from error
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or "name" not in rows[0] or "value" not in rows[0]:
        raise DafengError.at(f"{path.name}:1", text.splitlines()[0] if text else "nothing", "the columns name, value, evidence")  # fmt: skip
    names = [(row["name"] or "").strip() for row in rows]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        raise DafengError.at(f"{path.name}:{names.index(twice) + 2}", f"{twice} twice", "each name once")
    return {
        name: {key: (row.get(key) or "").strip() for key in ("value", "evidence")}
        for name, row in zip(names, rows, strict=True)
    }


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()  # noqa: DTZ011 - the user's own day
    except ValueError:
        raise DafengError.at("--on", str(text), "a date as 2026-01-31") from None


def _attributes(texts: list[str]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise DafengError.at("--attribute", text, "name=value")
    return dict(text.split("=", 1) for text in texts)


PAPERS = {"yearly": "年度评估报告", "one-page": "一页纸"}


@app.command()
def paper(
    kind: Annotated[str, typer.Argument(help="yearly 年度评估报告,one-page 一页纸 · kind of paper")],
    results: Annotated[Path, typer.Argument(help="dafeng run 的结果文件夹 · folder of results")],
    out: Annotated[Path, typer.Option("--out", help="docx 文件 · docx file")],
    day: Annotated[
        str | None, typer.Option("--day", help="落款日期;缺省为今天 · date; default today")
    ] = None,
    body: Annotated[str, typer.Option("--body", help="落款单位 · issuing body")] = "",
) -> None:
    """写公文格式的报告(GB/T 9704)。 Write a paper in official layout.

    每个数值带索引号,用 dafeng assess explain 可查到数值与来源。 Each figure carries a reference that explain resolves.
    """
    from dafeng.report import one_page, read_summary, yearly_report

    if kind not in PAPERS:
        raise DafengError.at("paper", kind, f"one of {', '.join(PAPERS)}")
    summary = read_summary(results)
    write = yearly_report if kind == "yearly" else one_page
    write(summary, _written_day(day), body).save(out)
    shown(None, f"{PAPERS[kind]} {out}")


@app.command()
def explain(
    results: Annotated[Path, typer.Argument(help="dafeng run 的结果文件夹 · folder of results")],
    reference: Annotated[
        str, typer.Argument(help="报告索引中的位置 · reference of the index, /peaks/0/level/median")
    ],
    as_json: Json = False,
) -> None:
    """由报告索引查数值、所属对象、案例发布与输入文件。 Show value, object, release and inputs behind a reference."""
    from dafeng.report import explain_figure

    with refusals(as_json):
        found = explain_figure(results, reference)
    if as_json:
        print_json({"schema_version": 1, **asdict(found)})
        return
    within = found.within if isinstance(found.within, dict) else {}
    parts = [
        f"  {key}: {str(value)[:160]}" for key, value in within.items() if not isinstance(value, list | dict)
    ]
    head = f"{found.pointer} = {found.value if not isinstance(found.value, list) else f'{len(found.value)} values'}"
    shown(
        None,
        head,
        *parts,
        f"发布 release {found.release} · dafeng {found.version} · seed {found.seed}",
        f"输入文件 input files: {len(found.inputs)}",
    )


def _written_day(text: str | None) -> str:
    day = _day(text)
    return f"{day.year}年{day.month}月{day.day}日"


@app.command()
def schemes(as_json: Json = False) -> None:
    """列出内置计分方案。 List the packaged scoring schemes."""
    from dafeng.assessment import load_scheme, scheme_names

    found = [load_scheme(name) for name in scheme_names()]
    if as_json:
        print_json({"schema_version": 1, "schemes": [scheme.model_dump(mode="json") for scheme in found]})
        return
    table = compact("方案 scheme", "名称 name", "所需数值 statistics", "可信 trust", "来源 source")
    for scheme in found:
        table.add_row(
            scheme.id, f"{scheme.zh} {scheme.en}", ", ".join(scheme.statistics), scheme.trust, scheme.source
        )
    shown(table)


@app.command()
def aims(
    place: Annotated[str, typer.Argument(help="GB/T 2260 代码 · code of the place")],
    year: Annotated[int, typer.Option("--year", help="年份 · year")],
    done: Annotated[float, typer.Option("--done", max=0.999, help="期内已累计降幅(小数) · cumulative fall so far, a fraction")] = 0.0,
    on: Annotated[str | None, typer.Option("--on", help="判断日期;缺省为今天 · day of judgement; default today")] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """列出当年有效的双控目标及余期所需年降幅。 List the aims of dual control in force and the fall a year still needed.

    累计降幅 --done 指到上一年底。 --done is the cumulative fall up to the end of the year before.
    """
    from dafeng.assessment import required_annual_fall
    from dafeng.factors import aims_in_force

    with refusals(as_json):
        if not (place == "CN" or (place.isdigit() and len(place) == 6)):
            raise DafengError.at("place", place, "a GB/T 2260 code of six digits, or CN")
        day = _day(on)
        found = [
            aim for name in ("co2_per_gdp", "energy_per_gdp") for aim in aims_in_force(name, place, year, day)
        ]
    rows = [
        (
            aim,
            float(
                required_annual_fall(
                    aim.value, done if year > aim.period_from else 0.0, aim.period_to - year + 1
                )
            ),
        )
        for aim in found
        if aim.kind != "amount"
    ]
    if as_json:
        listed = [{**_plain(asdict(aim)), "annual": aim.annual, "required": needed} for aim, needed in rows]
        print_json({"schema_version": 1, "aims": listed})
        return
    table = compact("目标\naim", "期间\nperiod", "降幅\nfall", "年均\neven", "余期年需\nneeded", "级别\nplace", "依据\ndocument", figures=(1, 2, 3, 4))  # fmt: skip
    for aim, needed in rows:
        title = f"{aim.quantity} {'约束性 binding' if aim.binding else '预期性 expected'}"
        table.add_row(title, f"{aim.period_from}–{aim.period_to}", f"{aim.value:.1%}", f"{aim.annual:.2%}", f"{needed:.2%}", aim.place, aim.document)  # fmt: skip
    shown(table if rows else None, "" if rows else "没有找到有效目标 no aim in force was issued")


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: decimals as numbers, NaN as null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value != value:
        return None
    return float(value) if type(value).__name__ == "Decimal" else value
