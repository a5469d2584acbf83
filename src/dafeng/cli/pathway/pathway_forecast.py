"""Commands of `dafeng pathway` on forecast error: hindcast, bridge, stress."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import words
from dafeng.cli.pathway.pathway_options import (
    SEED,
    CaseArgument,
    JsonOption,
    ResponseOption,
    SamplesOption,
    SeedOption,
    model_of,
    need_own_data,
    origin_line,
    origin_of,
    refusing,
)
from dafeng.cli.run import SAMPLES
from dafeng.cli.terminal import compact, print_json, shown

if TYPE_CHECKING:
    from rich.table import Table

    from dafeng.pathway import CreditReading, Hindcast, Step
    from dafeng.pathway.results import Stress

HORIZON = 2035


@refusing
def hindcast(
    permanent: Annotated[float, typer.Option(help=words.both("forecast.permanent"))] = 1.5,
    seed: Annotated[int, typer.Option(help=words.both("forecast.bootstrap_seed"))] = 0,
    as_json: JsonOption = False,
) -> None:
    """Test the rule of the model on the past of 30 provinces."""
    from dafeng.evidence import DafengError
    from dafeng.pathway import hindcast as test_on_the_past

    if not 0 <= permanent <= 10:
        raise DafengError.at(
            "--permanent",
            f"{permanent:g}",
            words.both("forecast.permanent_expected"),
            words.both("forecast.leave_out"),
        )
    found = test_on_the_past(permanent_sd=permanent / 100, seed=seed)
    if as_json:
        print_json(asdict(found))
        return
    process = found.estimate.process
    shown(_errors(found), words.both("forecast.errors_note"), "")
    shown(
        _coverage(found),
        words.word(
            "forecast.coverage_note", pooled=f"{found.coverage_pooled:.1%}", naive=_range(found.interval_naive),
            blocks=_range(found.interval_blocks),
        ),
        words.word(
            "forecast.last_note", pooled=f"{found.last_origin_pooled:.1%}", interval=_range(found.last_origin_interval)
        ),
        "",
    )  # fmt: skip
    shown(
        _skills(found),
        words.word(
            "forecast.process_note", growth=f"{process.growth_sd:.1%}", correlation=f"{process.autocorrelation:g}",
            permanent=f"{process.permanent_sd:.1%}", yearly=f"{process.yearly_sd:.2%}",
            widths=" ".join(f"{h}: {w:.1%}" for h, w in found.half_width.items()),
        ),
        words.word(
            "forecast.planned_note", widths=" ".join(f"{h}: {w:.1%}" for h, w in found.half_width_planned.items()),
        ),
        "",
    )  # fmt: skip
    shown(_planned(found), words.both("forecast.planned_legend"))


def _planned(found: "Hindcast") -> "Table":
    """Return errors with GDP as planned and as realised, where a target has a source."""
    records = list(dict.fromkeys(record for row in found.planned for record in row.planned))
    table = compact(
        *_headings("province", "outcome", "gdp_gap"), *(_record(record) for record in records), figures=range(1, 3 + len(records))
    )  # fmt: skip
    for row in found.planned:
        cells = (f"{row.planned[r]:+.3f}" if r in row.planned else "–" for r in records)
        table.add_row(row.province, f"{row.origin}+{row.lead}", f"{row.gdp:+.3f}", *cells)
    return table


def _errors(found: "Hindcast") -> "Table":
    columns = ("quantity", "lead", "cells", "mean", "rms_half", "rms_full", "rms_none", "rms_growth")
    table = compact(*_headings(*columns), figures=range(1, 8))
    for b in found.biases:
        rms = (b.rms, b.rms_full_trend, b.rms_no_trend, b.rms_growth)
        cells = ("–" if value != value else f"{value:.3f}" for value in rms)
        table.add_row(_record(b.quantity), str(b.lead), str(b.cells), f"{b.mean:+.3f}", *cells)
    return table


def _coverage(found: "Hindcast") -> "Table":
    leads = sorted({cell.lead for cell in found.coverage})
    table = compact(
        words.word("forecast.coverage"),
        *(words.word("forecast.years", years=h) for h in leads),
        figures=range(1, len(leads) + 1),
    )
    for fold, cells in (
        ("forecast.province_out", found.coverage),
        ("forecast.origin_out", found.last_origin),
    ):
        for quantity in dict.fromkeys(cell.quantity for cell in cells):
            at = {cell.lead: f"{cell.coverage:.0%}" for cell in cells if cell.quantity == quantity}
            table.add_row(f"{words.word(fold)} {_record(quantity)}", *(at.get(h, "") for h in leads))
    return table


def _skills(found: "Hindcast") -> "Table":
    table = compact(*_headings("lead", "interval", "rms_growth", "crps", "rms_growth"), figures=range(5))
    for s in found.skills:
        figures = (s.interval_score, s.interval_score_growth, s.crps, s.crps_growth)
        table.add_row(str(s.lead), *(f"{value:.3f}" for value in figures))
    return table


def _headings(*ids: str) -> tuple[str, ...]:
    return words.words(*(f"forecast.{id_}" for id_ in ids))


def _record(quantity: str) -> str:
    return words.word(f"forecast.record.{quantity}")


def _range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.0%}–{ends[1]:.0%}"


@refusing
def bridge(
    old: Annotated[str, typer.Argument(help=words.both("forecast.bridge_old"))],
    new: Annotated[str, typer.Argument(help=words.both("forecast.bridge_new"))],
    samples: SamplesOption = SAMPLES,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """Explain the answer of one release or setting by another, one change after the other."""
    from dafeng.pathway import bridge as explain_change
    from dafeng.pathway import bridge_setting

    steps = list(explain_change(bridge_setting(old), bridge_setting(new), samples, seed, HORIZON))
    if as_json:
        print_json({"seed": seed, "samples": samples, "steps": [asdict(step) for step in steps]})
        return
    shown(_steps(steps), words.both("forecast.bridge_note"), origin_line({"seed": seed, "samples": samples}))


@refusing
def stress(
    case: CaseArgument,
    samples: SamplesOption = SAMPLES,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """Show the answer under single changes."""
    from dafeng.pathway import ensemble_of
    from dafeng.pathway import stress as under_change

    city, compiled = model_of(case)
    need_own_data(city)
    account = city.city.headline_account
    ensemble = ensemble_of(compiled, samples, seed, account)
    rows = list(under_change(compiled, ensemble, account, HORIZON, seed))
    origin = origin_of(city, seed, samples)
    if as_json:
        print_json({**origin, "account": account, "rows": [row.model_dump() for row in rows]})
        return
    shown(_stresses(rows), words.both("forecast.stress_note"), origin_line(origin))


@refusing
def credit(
    case: CaseArgument,
    year: Annotated[int, typer.Option(help=words.both("forecast.credit_year"))] = 2030,
    responses: ResponseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the reduction of green power at the average and marginal factor, certificates kept or sold."""
    from dafeng.pathway import export_credit

    city, compiled = model_of(case)
    need_own_data(city)
    tables = []
    if responses:
        from dafeng.dispatch import read_response

        tables = [read_response(path, city) for path in responses]
    readings = export_credit(compiled, year, tables=tables)
    if as_json:
        print_json(
            {"year": year, "readings": [{**asdict(one), "reduction_t": one.reduction_t} for one in readings]}
        )
        return
    origin = next(one.origin for one in readings if one.factor == "marginal")
    notes = [words.both("forecast.credit_note", year=year), words.both(f"forecast.marginal_{origin}")]
    if tables and origin != "response":
        notes.append(words.both("forecast.marginal_outside"))
    shown(_credits(readings), *notes)


def _credits(readings: "Sequence[CreditReading]") -> "Table":
    table = compact(
        *_headings(
            "account", "factor", "certificates", "local", "credit", "reduction", "level_of_account", "counted"
        ),
        figures=(3, 4, 5, 6),
    )
    for one in readings:
        factor = (
            "–"
            if one.factor == "none"
            else f"{words.word(f'forecast.factor.{one.factor}')} {one.factor_t_per_mwh:.3f}"
        )
        amounts = (one.local_t, one.credit_t, one.reduction_t, one.level_t)
        table.add_row(
            one.account, factor, "–" if one.certificates == "any" else words.word(f"forecast.certificates.{one.certificates}"),
            *(f"{amount / 1e4:,.0f}" for amount in amounts), "✓" if one.counted else "",
        )  # fmt: skip
    return table


STEP_WIDTH = 16
"""Columns that the name of a step has at least."""


def _steps(steps: "Sequence[Step]") -> "Table":
    table = compact(
        *_headings("step", "plan", "expected", "carried_on", "level", "base"), figures=(1, 2, 3, 4, 5)
    )
    # at 80 columns the figures would leave no room for the names
    table.columns[0].min_width = STEP_WIDTH
    for step in steps:
        cells = [
            f"{100 * step.answer.chance[name]:.1f}" + ("" if step.id == "old" else f" {100 * change:+.1f}")
            for name, change in step.change.items()
        ]
        levels = (f"{value / 1e4:,.0f}" for value in (step.answer.level_t, step.answer.base_t))
        table.add_row(_named(step.name_zh, step.name_en), *cells, *levels)
    return table


def _stresses(rows: "Sequence[Stress]") -> "Table":
    table = compact(*_headings("change", "plan", "expected", "carried_on", "level"), figures=(1, 2, 3, 4))
    for row in rows:
        chances = (f"{chance:.0%}" for chance in (row.plan, row.expected, row.carried_on))
        table.add_row(_named(row.name_zh, row.name_en), *chances, f"{row.level * 100:,.0f}")
    return table


def _named(zh: str, en: str) -> str:
    return f"{zh} {en}"
