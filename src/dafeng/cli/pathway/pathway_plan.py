"""Commands of `dafeng pathway` that check plan and model against figures: feasible, cost, score, history."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dafeng.cli import words
from dafeng.cli.pathway.pathway_options import (
    SEED,
    AccountOption,
    CaseArgument,
    JsonOption,
    SamplesOption,
    ScenarioOption,
    SeedOption,
    model_of,
    need_own_data,
    origin_line,
    origin_of,
    refusing,
)
from dafeng.cli.tables import pathway as tables
from dafeng.cli.terminal import print_json, shown
from dafeng.evidence import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dafeng.pathway import Calibration, LeastDelivery, Outlook


@refusing
def feasible(
    case: CaseArgument,
    sure: Annotated[float, typer.Option(help=words.both("probability_asked_for"))] = 0.9,
    account: AccountOption = "A",
    year: Annotated[int, typer.Option(help=words.both("year_of_the_plan_s_figures"))] = 2030,
    samples: SamplesOption = 1024,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """Check the plan: gaps between figures, least delivery for a peak before 2030."""
    from dafeng.assessment import requirements
    from dafeng.pathway import (
        cost_limits,
        ensemble_of,
        gaps,
        least_delivery,
        measure_costs,
        missing_targets,
        relax,
    )

    city, compiled = model_of(case)
    need_own_data(city)
    ensemble = ensemble_of(compiled, samples, seed, account)
    draws, error = ensemble.draws, ensemble.error
    asked, least = gaps(compiled, draws, year), least_delivery(compiled, draws, sure, account, error=error)
    weights, most = cost_limits(compiled, measure_costs(city, compiled, max(year, compiled.as_of + 1)))
    cheapest = (
        least_delivery(compiled, draws, sure, account, weights=weights, at_most=most, error=error)
        if most.any()
        else None
    )
    missing = missing_targets(compiled, draws, sure, account, year, error=error)
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
    lacking = words.both("missing_targets") if missing.targets else words.word("no_further_target_is_needed")
    told = lacking if missing.reached else words.word("further_targets_do_not_reach_it")
    shown(
        tables.gaps(asked, names, year),
        words.word(
            "chance_that_account_peaks_in_or",
            account=account,
            deadline=least.deadline,
            without=least.without,
            plan=least.plan,
        ),
        words.word("least_delivery_for_probability", sure=sure, wanted=wanted, probability=least.probability)
        if least.reached
        else words.word("the_whole_plan_does_not_reach", sure=sure),
        words.both("no_sourced_costs") if cheapest is None else _cheapest(cheapest, sure, names),
        words.word("with_the_plan_s_own_figures", with_own_figures=missing.with_own_figures, told=told),
        *(
            words.word(
                "else",
                name_zh=t.name_zh,
                parameter=t.parameter,
                year=t.year,
                value=" ".join(tables.amount(t.needed, t.unit, 3)),
                value2=tables.amount(t.without, t.unit, 3)[0],
            )
            for t in missing.targets
        ),
        words.both("all_targets_fit_together") if together.feasible else words.both("least_relaxation"),
        *(
            words.word("relaxed_target", label=g.label, year=g.year, number=number, unit=unit)
            for g, (number, unit) in relaxed
        ),
        origin_line(origin_of(city, seed, samples)),
    )


@refusing
def cost(
    case: CaseArgument,
    method: Annotated[
        str, typer.Option(help=words.both("partial_retrospective_or_integrated"))
    ] = "integrated",
    year: Annotated[int, typer.Option(help=words.both("year"))] = 2030,
    account: AccountOption = "A",
    rate: Annotated[float, typer.Option(help=words.both("real_discount_rate"))] = 0.06,
    as_json: JsonOption = False,
) -> None:
    """Compute the abatement cost curve from sourced costs."""
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
        words.word("measures_without_a_sourced_cost_ne", count=len(curve.left_out), left=left)
        if curve.left_out
        else "",
        words.word(
            "investment_10_cny_plan_above_no",
            value=", ".join(
                words.word("investment_of_year", year=y, value=x / 1e8) for y, x in investment.items()
            ),
        )
        if investment
        else "",
        words.word("sources_and_grades_of_costs")
        + ";".join(f"{names[c.id]} {'、'.join(c.sources)}({c.grade})" for c in costs if c.cost is not None)
        if curve.order
        else "",
        words.word("real_discount_rate_generation_is_credited", rate=rate),
        words.word("account_method_public_budget_ne", account=account, year=year, method=method),
        origin_line(origin_of(city)),
    )


@refusing
def score(
    case: CaseArgument,
    scenario: ScenarioOption = "policy-carried-on",
    samples: SamplesOption = 2048,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """Score the model on observations (CRPS, coverage)."""
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import (
        Terms,
        calibration,
        compile_model,
        ensemble_of,
        one_sided,
        outlook,
    )
    from dafeng.pathway import scenario as scenario_of
    from dafeng.pathway import score as scores_of

    city = load(case)
    need_own_data(city)
    compiled = compile_model(city, build(city))
    point = scenario_of(city, compiled, scenario)
    compiled, delivery = point.model, point.delivery
    readings = compiled.readings
    account = city.city.headline_account
    before, after = (
        ensemble_of(compiled, samples, seed, account, Terms(readings=counted)) for counted in (False, True)
    )
    scores = scores_of(compiled, delivery, before.draws, readings, before.factor)
    teaching = any(r.independent for r in readings)
    ahead = outlook(compiled, delivery, before, after, account) if teaching else None
    judged = calibration(scores)
    if as_json:
        print_json(
            {
                **origin_of(city, seed, samples),
                "scores": [asdict(s) for s in scores],
                "calibration": asdict(judged),
                "effective_sample_size": None if ahead is None else ahead.effective_sample_size,
                "outlook": None if ahead is None else asdict(ahead),
                "findings": [finding.as_dict() for finding in one_sided(scores)],
            }
        )
        return
    shown(
        tables.scores(scores, tables.quantity_names()),
        words.both("mt_co2_or_twh"),
        words.both("is_growth_of_the_province_since"),
        *_calibrated(judged),
        *(() if ahead is None else _learned(ahead, samples)),
        *(words.word("note_2", finding=Text(finding.zh, finding.en)) for finding in one_sided(scores)),
        origin_line(origin_of(city, seed, samples)),
    )


def _cheapest(found: "LeastDelivery", sure: float, names: "Mapping[str, str]") -> str:
    """Return the least cost among the measures whose cost has a source."""
    if not found.reached:
        return words.both("least_cost_not_with_sourced_costs", sure=sure, probability=found.probability)
    chosen = ",".join(f"{names[name]} {degree:.0%}" for name, degree in found.delivery.items()) or "—"
    return words.word("least_cost_with_the_measures_that", chosen=chosen, probability=found.probability)


def _calibrated(found: "Calibration") -> tuple[str, ...]:
    """Return coverage, PIT, reliability and skill in three lines."""
    skill = "–" if found.skill != found.skill else f"{found.skill:+.0%}"
    return (
        words.word(
            "score.coverage", with_error=found.covered_with_error, without=found.covered, readings=found.readings
        ),
        words.word(
            "score.pit", fifths=" ".join(f"{share:.0%}" for share in found.pit),
            inside=" ".join(f"{level} {share:.0%}" for level, share in found.reliability.items()),
        ),
        words.word("score.skill", skill=skill),
    )  # fmt: skip


def _learned(ahead: "Outlook", samples: int) -> tuple[str, ...]:
    """Return the effect of the independent readings in two lines."""
    before, after = (
        f"{b / 1e4:,.0f} ({a / 1e4:,.0f}–{c / 1e4:,.0f})" for a, b, c in (ahead.before, ahead.after)
    )
    return (
        words.word(
            "effective_samples_after_weighting_by_independent",
            effective_sample_size=ahead.effective_sample_size,
            samples=samples,
        ),
        words.word(
            "account_10_t_before_weighting_after",
            account=ahead.account,
            year=ahead.year,
            before=before,
            after=after,
            deadline=ahead.deadline,
            chance_before=ahead.chance_before,
            chance_after=ahead.chance_after,
        ),
    )


@refusing
def history(case: CaseArgument, as_json: JsonOption = False) -> None:
    """Test past series for a peak and a trend."""
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
        words.word("peaked_means_five_years_and_three"),
        origin_line(origin_of(city)),
    )
