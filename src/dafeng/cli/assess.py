"""`dafeng assess`: cascade of a target, scoring, aims of dual control."""

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess_follow_up import Json, day_or_today
from dafeng.cli.assess_follow_up import app as follow_up_app
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, refusals, shown
from dafeng.evidence import DafengError

app = room(words.both("assess_share_out_targets_score_list_aims"))

app.add_typer(follow_up_app, name="follow-up")

Paper = Annotated[Path | None, typer.Option("--paper", help=words.both("assess_also_write_an_official_docx"))]


@app.command()
def cascade(
    source: Annotated[str, typer.Argument(help=words.both("assess_a_case_or_a_csv_of"))],
    total: Annotated[float, typer.Option("--total", help=words.both("assess_amount_to_share_out"))],
    unit: Annotated[str, typer.Option("--unit", help=words.both("assess_unit_of_the_amount"))] = "t",
    method: Annotated[list[str] | None, typer.Option("--method", help=words.both("assess_method_repeatable_default_all"))] = None,
    year: Annotated[int | None, typer.Option("--year", help=words.both("assess_base_year_of_a_case"))] = None,
    reserve: Annotated[float, typer.Option("--reserve", min=0.0, max=0.99, help=words.both("assess_share_kept_in_reserve"))] = 0.0,
    elasticity: Annotated[float, typer.Option("--elasticity", min=0.0, help=words.both("assess_elasticity_of_capability"))] = 1.0,
    convergence: Annotated[float, typer.Option("--convergence", min=0.0, max=1.0, help=words.both("assess_degree_of_convergence"))] = 0.5,
    decimals: Annotated[int, typer.Option("--decimals", min=0, max=6, help=words.both("assess_decimals"))] = 0,
    paper: Paper = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Share out an amount by published methods, side by side."""
    from dafeng.assessment import METHODS, Settings, propose

    with refusals(as_json):
        basis = _basis(source, year)
        found = propose(
            total, basis.parts, unit, method or tuple(METHODS), Settings(reserve, elasticity, convergence),
            (basis.floor, basis.ceiling), basis.names, decimals,
        )  # fmt: skip
        if not found.proposals:
            raise DafengError.at("cascade", "; ".join(found.unusable.values()), words.both("assess_x_data"))
        if paper:
            from dafeng.report import breakdown

            breakdown(found, basis.names, words.both("assess_total_aim").zh, _written_day(None)).save(paper)
    if as_json:
        print_json({"schema_version": 1, **_plain(asdict(found))})
        return
    for three in range(0, len(found.proposals), 3):
        shown(_side_by_side(found.proposals[three : three + 3], basis, decimals))
    reasons = [line.why_zh for p in found.proposals for line in p.lines] if len(found.proposals) == 1 else []
    unusable = [words.word("assess_unusable", name=name, why=why) for name, why in found.unusable.items()]
    shown(None, words.word("assess_total", total=f"{total:,.10g} {unit}"), *reasons, *unusable)


def _side_by_side(proposals: Any, basis: Any, decimals: int) -> Any:
    heads = [f"{p.zh}\n{p.en}" for p in proposals]
    table = compact(words.word("assess_head_part"), *heads, figures=range(1, len(heads) + 1))
    for number, part in enumerate(basis.parts.ids):
        table.add_row(
            basis.names.get(part, part), *(f"{p.lines[number].amount:,.{decimals}f}" for p in proposals)
        )
    table.add_row(words.word("assess_head_reserve"), *(f"{p.reserve:,.{decimals}f}" for p in proposals))
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
    scheme: Annotated[str, typer.Argument(help=words.both("assess_scheme_name_or_yaml_file"))],
    values: Annotated[Path, typer.Argument(help=words.both("assess_csv_of_values"))],
    on: Annotated[str | None, typer.Option("--on", help=words.both("assess_day_of_assessment_default_today"))] = None,
    attribute: Annotated[list[str] | None, typer.Option("--attribute", help=words.both("assess_attribute_of_the_body_name_value"))] = None,
    paper: Paper = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Score by a scheme: points, ladders, vetoes, bonuses, grade."""
    from dafeng.assessment import load_scheme, score, sheet_of

    with refusals(as_json):
        statistics, evidence = sheet_of(_values(values))
        applied = load_scheme(scheme)
        applied = load_scheme(scheme)
        sheet = score(applied, statistics, evidence, day_or_today(on, "--on"), _attributes(attribute or []))
        if paper:
            from dafeng.report import self_assessment

            self_assessment(applied, sheet, _written_day(on)).save(paper)
    if as_json:
        print_json({"schema_version": 1, **_plain(asdict(sheet))})
        return
    table = compact(
        words.word("assess_head_item"),
        words.word("assess_head_points"),
        words.word("assess_head_bonus"),
        words.word("assess_head_of"),
        words.word("assess_head_why"),
        figures=(1, 2, 3),
    )
    for line in sheet.lines:
        table.add_row(f"{line.zh} {line.en}", str(line.points), str(line.bonus), str(line.possible), f"{line.why_zh} {line.why_en}")  # fmt: skip
    vetoed = words.word("assess_vetoes", vetoes="; ".join(sheet.vetoes)) if sheet.vetoes else ""
    missing = words.word("assess_missing", count=sheet.missing) if sheet.missing else ""
    unsure = "" if sheet.confirmed else words.word("assess_head_scheme_not_compared_with_its_original")
    shown(
        table,
        words.word("assess_sum", total=sheet.total, grade=f"{sheet.grade_zh} {sheet.grade_en}").rstrip(),
        vetoed,
        missing,
        unsure,
    )


def _values(path: Path) -> dict[str, dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DafengError.at(str(path), str(error), words.both("assess_x_csv")) from error
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or "name" not in rows[0] or "value" not in rows[0]:
        raise DafengError.at(f"{path.name}:1", text.splitlines()[0] if text else "nothing", words.both("assess_x_columns"))  # fmt: skip
    names = [(row["name"] or "").strip() for row in rows]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        raise DafengError.at(
            f"{path.name}:{names.index(twice) + 2}", f"{twice} twice", words.both("assess_x_once")
        )
    return {
        name: {key: (row.get(key) or "").strip() for key in ("value", "evidence")}
        for name, row in zip(names, rows, strict=True)
    }


def _attributes(texts: list[str]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            raise DafengError.at("--attribute", text, "name=value")
    return dict(text.split("=", 1) for text in texts)


PAPERS = ("yearly", "one-page")


@app.command()
def paper(
    kind: Annotated[str, typer.Argument(help=words.both("assess_kind_of_paper"))],
    results: Annotated[Path, typer.Argument(help=words.both("assess_folder_of_results"))],
    out: Annotated[Path, typer.Option("--out", help=words.both("assess_docx_file"))],
    day: Annotated[str | None, typer.Option("--day", help=words.both("assess_date_default_today"))] = None,
    body: Annotated[str, typer.Option("--body", help=words.both("assess_issuing_body"))] = "",
) -> None:
    """Write a paper in official layout."""
    from dafeng.report import one_page, read_summary, yearly_report

    if kind not in PAPERS:
        raise DafengError.at("paper", kind, f"one of {', '.join(PAPERS)}")
    summary = read_summary(results)
    write = yearly_report if kind == "yearly" else one_page
    write(summary, _written_day(day, "--day"), body).save(out)
    shown(None, words.word(f"assess_paper_{kind}", file=out))


@app.command()
def explain(
    results: Annotated[Path, typer.Argument(help=words.both("assess_folder_of_results"))],
    reference: Annotated[str, typer.Argument(help=words.both("assess_reference_of_the_index_peaks_0"))],
    as_json: Json = False,
) -> None:
    """Show value, object, release and inputs behind a reference."""
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
        words.word("assess_release", release=found.release, version=found.version, seed=found.seed),
        words.word("assess_inputs", count=len(found.inputs)),
    )


def _written_day(text: str | None, option: str = "--on") -> str:
    return words.chinese_day(day_or_today(text, option))


@app.command()
def schemes(as_json: Json = False) -> None:
    """List the packaged scoring schemes."""
    from dafeng.assessment import load_scheme, scheme_names

    found = [load_scheme(name) for name in scheme_names()]
    if as_json:
        print_json({"schema_version": 1, "schemes": [scheme.model_dump(mode="json") for scheme in found]})
        return
    table = compact(
        words.word("assess_head_scheme"),
        words.word("assess_head_name"),
        words.word("assess_head_statistics"),
        words.word("assess_head_trust"),
        words.word("assess_head_source"),
    )
    for scheme in found:
        table.add_row(
            scheme.id, f"{scheme.zh} {scheme.en}", ", ".join(scheme.statistics), scheme.trust, scheme.source
        )
    shown(table)


@app.command()
def aims(
    place: Annotated[str, typer.Argument(help=words.both("assess_code_of_the_place"))],
    year: Annotated[int, typer.Option("--year", help=words.both("assess_year"))],
    done: Annotated[float, typer.Option("--done", max=0.999, help=words.both("assess_cumulative_fall_so_far_a_fraction"))] = 0.0,
    on: Annotated[str | None, typer.Option("--on", help=words.both("assess_day_of_judgement_default_today"))] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """List the aims of dual control in force and the fall a year still needed."""
    from dafeng.assessment import required_annual_fall
    from dafeng.factors import aims_in_force

    with refusals(as_json):
        if not (place == "CN" or (place.isdigit() and len(place) == 6)):
            raise DafengError.at("place", place, words.both("assess_x_code"))
        day = day_or_today(on, "--on")
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
    table = compact(words.word("assess_head_aim"), words.word("assess_head_period"), words.word("assess_head_fall"), words.word("assess_head_even"), words.word("assess_head_needed"), words.word("assess_head_place"), words.word("assess_head_document"), figures=(1, 2, 3, 4))  # fmt: skip
    for aim, needed in rows:
        title = f"{aim.quantity} {words.word('assess_binding' if aim.binding else 'assess_expected')}"
        table.add_row(title, f"{aim.period_from}–{aim.period_to}", f"{aim.value:.1%}", f"{aim.annual:.2%}", f"{needed:.2%}", aim.place, aim.document)  # fmt: skip
    shown(table if rows else None, "" if rows else words.word("assess_head_no_aim_in_force_was_issued"))


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold: decimals as numbers, NaN as null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value != value:
        return None
    return float(value) if type(value).__name__ == "Decimal" else value


@app.command("schema")
def schema_command() -> None:
    """Print the JSON schema of summary.json."""
    from dafeng.report import summary_schema

    print_json(summary_schema())
