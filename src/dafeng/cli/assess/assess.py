"""`dafeng assess`: cascade of a target, scoring, aims of dual control."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess import (
    assess_control,
    assess_explain,
    assess_freeze,
    assess_next,
    assess_papers,
    assess_run,
    assess_scores,
    assess_targets,
    assess_warn,
)
from dafeng.cli.assess.assess_follow_up import app as follow_up_app
from dafeng.cli.assess.assess_options import (
    DECIMALS,
    IssuedRecord,
    Json,
    Paper,
    Xlsx,
    day_or_today,
    plain,
    subject_of,
    total_of,
    written_day,
)
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, refusals, shown
from dafeng.evidence import DafengError, Language, Text, catalogue

app = room(words.both("assess_share_out_targets_score_list_aims"))

app.add_typer(follow_up_app, name="follow-up")

for part in (
    assess_run,
    assess_control,
    assess_explain,
    assess_targets,
    assess_next,
    assess_warn,
    assess_scores,
    assess_papers,
    assess_explain,
    assess_freeze,
):
    part.add_to(app)


@app.command()
def cascade(
    source: Annotated[str, typer.Argument(help=words.both("assess_a_case_or_a_csv_of"))],
    total: Annotated[float | None, typer.Option("--total", help=words.both("assess_amount_to_share_out"))] = None,
    unit: Annotated[str, typer.Option("--unit", help=words.both("assess_unit_of_the_amount"))] = "t",
    method: Annotated[list[str] | None, typer.Option("--method", help=words.both("assess_method_repeatable_default_all"))] = None,
    year: Annotated[int | None, typer.Option("--year", help=words.both("assess_base_year_of_a_case"))] = None,
    reserve: Annotated[float, typer.Option("--reserve", min=0.0, max=0.99, help=words.both("assess_share_kept_in_reserve"))] = 0.0,
    elasticity: Annotated[float, typer.Option("--elasticity", min=0.0, help=words.both("assess_elasticity_of_capability"))] = 1.0,
    convergence: Annotated[float, typer.Option("--convergence", min=0.0, max=1.0, help=words.both("assess_degree_of_convergence"))] = 0.5,
    decimals: Annotated[int, typer.Option("--decimals", min=0, max=6, help=words.both("assess_decimals"))] = 0,
    totals: Annotated[Path | None, typer.Option("--totals", help=words.both("assess_csv_of_totals"))] = None,
    issued: IssuedRecord = 0, paper: Paper = None, xlsx: Xlsx = None, workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Share out an amount by published methods, side by side."""
    from dafeng.assessment import METHODS, Request, Settings, allocate_source

    with refusals(as_json):

        def kept(record: int) -> Any:
            from dafeng.assessment.records import issued_value

            return issued_value(opened(workspace, place, database), acting(actor), record)

        settings, digits = Settings(reserve, elasticity, convergence), decimals or (DECIMALS if issued else 0)
        if totals is not None:
            if total is not None or issued or paper:
                expected = words.both("assess_x_one_total" if paper else "assess_x_total_or_issued")
                raise DafengError.at("--totals", words.both("assess_x_both"), expected)
            given = Request(0.0, unit, year, settings, digits)
            _many(source, totals, given, method or tuple(METHODS), xlsx, as_json)
            return
        value, amount, unit = total_of(issued, total, unit, kept)
        request = Request(amount, unit, year, settings, digits)
        done = allocate_source(source, request, method or tuple(METHODS))
        found = done.cascade
        if not found.proposals:
            raise DafengError.at("cascade", _joined(found.unusable), words.both("assess_x_data"))
        if paper:
            from dafeng.report import breakdown

            breakdown(done, subject_of(value), written_day(None), issued=value).save(paper)
        if xlsx:
            from dafeng.report import cascade_workbook

            cascade_workbook(done, xlsx)
    if as_json:
        print_json({"schema_version": 1, **plain(found.as_dict())})
        return
    for three in range(0, len(found.proposals), 3):
        shown(_side_by_side(found.proposals[three : three + 3], done.basis, done.request.decimals))
    reasons = found.proposals[0].reasons(words.language()) if len(found.proposals) == 1 else []
    unusable = [
        words.word("assess_unusable", name=words.plain(*_method(name)), why=words.plain(why.zh, why.en))
        for name, why in found.unusable.items()
    ]
    shown(None, words.word("assess_total", total=f"{amount:,.10g} {unit}"), *reasons, *unusable)


MANY = 5
"""Totals side by side in one table of the terminal."""


def _many(source: str, totals: Path, request: Any, methods: Sequence[str], xlsx: Path | None, as_json: bool) -> None:  # fmt: skip
    """Allocate many totals at once: a table for each method, a column for each total."""
    from dafeng.assessment import allocate_many, read_totals

    named = read_totals(totals)
    done = dict(zip(named, allocate_many(source, list(named.values()), request, methods), strict=True))
    if xlsx:
        from dafeng.report import cascades_workbook

        cascades_workbook(done, xlsx)
    if as_json:
        listed = [{"name": name, **plain(one.cascade.as_dict())} for name, one in done.items()]
        print_json({"schema_version": 1, "unit": request.unit, "cascades": listed})
        return
    for method in methods:
        found = {
            name: (proposal, one)
            for name, one in done.items() for proposal in one.cascade.proposals if proposal.method == method
        }  # fmt: skip
        for first in range(0, len(found), MANY):
            few = dict(list(found.items())[first : first + MANY])
            table = compact(words.plain(*_method(method)), *(f"{name}\n{request.unit}" for name in few), figures=range(1, len(few) + 1))  # fmt: skip
            basis = next(iter(few.values()))[1].basis
            for row, part in enumerate(basis.parts.ids):
                amounts = (f"{proposal.amounts[row]:,.{request.decimals}f}" for proposal, _ in few.values())
                table.add_row(basis.names.get(part, part), *amounts)
            reserves = (f"{proposal.reserve:,.{request.decimals}f}" for proposal, _ in few.values())
            table.add_row(words.word("assess_head_reserve"), *reserves)
            shown(table)
    unusable = {
        (method, why) for one in done.values() for method, why in one.cascade.unusable.items()
    }  # fmt: skip
    lines = [words.word("assess_unusable", name=words.plain(*_method(name)), why=words.plain(why.zh, why.en)) for name, why in sorted(unusable)]  # fmt: skip
    shown(None, *lines)


def _joined(unusable: Mapping[str, Text]) -> Text:
    """Return why each method cannot be used, in both languages."""
    zh = "；".join(f"{_method(name)[0]}：{why.zh}" for name, why in unusable.items())
    return Text(zh, "; ".join(f"{_method(name)[1]}: {why.en}" for name, why in unusable.items()))


def _method(name: str) -> tuple[str, str]:
    texts = catalogue("dafeng.assessment")
    return texts.text(f"cascade_{name}", Language.ZH), texts.text(f"cascade_{name}", Language.EN)


def _side_by_side(proposals: Any, basis: Any, decimals: int) -> Any:
    heads = [f"{p.zh}\n{p.en}" for p in proposals]
    table = compact(words.word("assess_head_part"), *heads, figures=range(1, len(heads) + 1))
    for number, part in enumerate(basis.parts.ids):
        table.add_row(
            basis.names.get(part, part), *(f"{p.lines[number].amount:,.{decimals}f}" for p in proposals)
        )
    table.add_row(words.word("assess_head_reserve"), *(f"{p.reserve:,.{decimals}f}" for p in proposals))
    return table


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
        listed = [{**plain(asdict(aim)), "annual": aim.annual, "required": needed} for aim, needed in rows]
        print_json({"schema_version": 1, "aims": listed})
        return
    table = compact(words.word("assess_head_aim"), words.word("assess_head_period"), words.word("assess_head_fall"), words.word("assess_head_even"), words.word("assess_head_needed"), words.word("assess_head_place"), words.word("assess_head_document"), figures=(1, 2, 3, 4))  # fmt: skip
    for aim, needed in rows:
        title = f"{words.plain(aim.zh, aim.en)} {words.word('assess_binding' if aim.binding else 'assess_expected')}"
        table.add_row(title, f"{aim.period_from}–{aim.period_to}", f"{aim.value:.1%}", f"{aim.annual:.2%}", f"{needed:.2%}", aim.place, aim.document)  # fmt: skip
    shown(table if rows else None, "" if rows else words.word("assess_head_no_aim_in_force_was_issued"))


@app.command()
def deduct(
    total: Annotated[float, typer.Argument(help=words.both("assess_energy_in_tce"))],
    year: Annotated[int, typer.Option("--year", help=words.both("assess_year"))],
    feedstock: Annotated[float, typer.Option("--feedstock", help=words.both("assess_feedstock_in_tce"))] = 0.0,
    new_renewable: Annotated[float, typer.Option("--new-renewable", help=words.both("assess_new_renewable_in_kwh"))] = 0.0,
    certificates: Annotated[Path | None, typer.Option("--certificates", help=words.both("assess_csv_of_certificates"))] = None,
    rate: Annotated[float, typer.Option("--rate", help=words.both("assess_equivalent_value_of_power"))] = 300.0,
    without: Annotated[list[str] | None, typer.Option("--without", help=words.both("assess_deduction_switched_off"))] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Deduct from a total of energy what the rules of dual control leave outside, each switchable."""
    from datetime import date

    from dafeng.assessment import assessed_energy, read_certificates

    with refusals(as_json):
        listed = [] if certificates is None else read_certificates(certificates)
        found = assessed_energy(
            total, date(year, 12, 31), feedstock=feedstock, new_renewable_kwh=new_renewable, certificates=listed, rate=rate,
            without=without or (),
        )  # fmt: skip
    if as_json:
        print_json({"schema_version": 1, **plain(asdict(found)), "confirmed": found.confirmed})
        return
    table = compact(words.word("assess_head_deduction"), words.word("assess_head_tce"), words.word("assess_head_why"), words.word("assess_head_source"), words.word("assess_head_trust"), figures=(1,))  # fmt: skip
    for one in found.deductions:
        amount = f"{one.amount:,.10g}" if one.applied else "—"
        table.add_row(
            words.plain(one.zh, one.en),
            amount,
            words.plain(one.reason.zh, one.reason.en),
            one.source,
            one.trust,
        )
    unsure = "" if found.confirmed else words.word("assess_rules_not_compared")
    shown(table, words.word("assess_assessed", total=f"{total:,.10g}", assessed=f"{found.assessed:,.10g}"), unsure)  # fmt: skip
