"""`dafeng pathway`: scenarios, attribution, decomposition, sensitivity and the origin of a number."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dafeng import __version__
from dafeng.cli import words
from dafeng.cli.cluster import executor_at
from dafeng.cli.pathway import pathway_forecast, pathway_plan
from dafeng.cli.pathway.pathway_options import (
    SEED,
    AccountOption,
    CaseArgument,
    ClusterOption,
    JsonOption,
    ResponseOption,
    SamplesOption,
    ScenarioOption,
    SeedOption,
    TopOption,
    changes_of,
    model_of,
    origin_line,
    origin_of,
    refusing,
    shown_chances,
    years_of,
)
from dafeng.cli.room import room
from dafeng.cli.run import SAMPLES
from dafeng.cli.tables import pathway as tables
from dafeng.cli.terminal import print_json, shown
from dafeng.evidence import DafengError

# samples on which the runs of response tables are checked to hold
COVERAGE_SAMPLES = 256

app = room(words.both("the_annual_model"))


@app.callback()
def _root() -> None:
    pass


@app.command("run")
@refusing
def run(
    case: CaseArgument,
    scenario: Annotated[list[str] | None, typer.Option(help=words.both("scenarios_of_the_case"))] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help=words.both("measure_degree"))] = None,
    years: Annotated[str, typer.Option(help=words.both("years_2"))] = "2020:2035",
    samples: SamplesOption = SAMPLES,
    seed: SeedOption = SEED,
    uncertain: Annotated[
        bool, typer.Option("--uncertain-delivery", help=words.both("delivery_is_uncertain_too"))
    ] = False,
    iamc: Annotated[Path | None, typer.Option(help=words.both("write_as_iamc_csv_which_pyam"))] = None,
    responses: ResponseOption = None,
    cluster: ClusterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare scenarios: emissions and peaks."""
    from dataclasses import replace

    from dafeng.pathway import (
        compare,
        coupling_findings,
        delivery_draws,
        iamc_rows,
        settings_label,
        write_iamc,
    )
    from dafeng.pathway import scenario as scenario_of

    changes, wanted = changes_of(settings or []), years_of(years)
    city, compiled = model_of(case)
    if responses:
        from dafeng.dispatch import read_response
        from dafeng.pathway import couple

        compiled = couple(compiled, [read_response(path, city) for path in responses])
    points = {
        name: scenario_of(city, compiled, name)
        for name in dict.fromkeys(scenario or ["policy-carried-on", "plan"])
    }
    if changes:
        # what is set applies to copies with names of their own, so that the scenarios of the case stay as they are
        copies = [scenario_of(city, compiled, name, changes) for name in dict.fromkeys(scenario or ["plan"])]
        points |= {copy.name: copy for copy in copies}
    if uncertain:
        points = {
            name: replace(p, delivery=delivery_draws(compiled, p.delivery, samples, seed))
            for name, p in points.items()
        }
    with executor_at(cluster) as executor:
        found = compare(compiled, points, samples, seed, wanted, executor=executor)
    found, withheld = shown_chances(city, found)
    if iamc is not None:
        file = iamc / f"{city.name}{settings_label(changes)}.csv" if iamc.is_dir() else iamc
        write_iamc(iamc_rows(found, f"dafeng {__version__}", city.city.name_en), file)
    origin = origin_of(city, seed, samples)
    outside = {
        finding.code: finding
        for point in points.values()
        for finding in coupling_findings(point.model, point.delivery, min(samples, COVERAGE_SAMPLES), seed)
    }.values()
    if as_json:
        findings = [finding.as_dict() for finding in outside]
        print_json(
            {
                **origin,
                "unit": "tCO2",
                "settings": changes,
                "scenarios": [asdict(p) for p in found],
                "findings": findings,
            }
        )
        return
    titles = {name: tables.scenario_title(name, point) for name, point in points.items()}
    changed = ", ".join(name for name in points if changes and name.endswith(settings_label(changes)))
    remark = words.both("settings_apply_to_copies", copies=changed) if changed else ""
    shown(
        tables.scenarios(found, wanted, titles),
        words.both("10_t_co2_median"),
        remark,
        withheld,
        origin_line(origin),
    )
    for finding in outside:
        typer.echo(f"· {finding.zh} · {finding.en}")


@app.command("attribute")
@refusing
def attribute(
    case: CaseArgument,
    samples: SamplesOption = SAMPLES,
    seed: SeedOption = SEED,
    top: TopOption = 20,
    as_json: JsonOption = False,
) -> None:
    """Attribute the reduction to measures, tasks, departments and counties."""
    from dafeng.case import load
    from dafeng.pathway import run as project

    city = load(case)
    found = project(city, samples=samples, seed=seed).results.attribution
    origin = origin_of(city, seed, samples)
    if as_json:
        print_json({**origin, "unit": "MtCO2", **({} if found is None else found.model_dump())})
        return
    if found is None:
        raise DafengError.at(
            "measures.csv", words.both("problem.no_effect"), words.both("problem.quantified")
        )
    total = words.word(
        "account_10_t_in_all", account=found.account, quantity=found.quantity, value=100 * found.total.value
    )
    shown(
        tables.shares(found, top),
        total,
        words.both("shapley_shares_standard_errors_of_sampling"),
        words.both("first_in_alone_last_in_on"),
        origin_line(origin),
    )


@app.command("decompose")
@refusing
def decompose(
    case: CaseArgument,
    scenario: ScenarioOption = "plan",
    years: Annotated[str, typer.Option(help=words.both("start_and_end_past_or_to"))] = "2020:2030",
    account: AccountOption = "A",
    sectors: Annotated[
        bool, typer.Option("--sectors", help=words.both("activity_and_intensity_by_sector"))
    ] = False,
    samples: SamplesOption = SAMPLES,
    seed: SeedOption = SEED,
    as_json: JsonOption = False,
) -> None:
    """Decompose a change of emissions (Kaya, LMDI); years before the base year from statistics."""
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.pathway import compile_model, decompose_past, decompose_sectors, ensemble_of
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
        # the samples of `dafeng run`, so that both print the same effects
        rows = ensemble_of(compiled, samples, seed, city.city.headline_account)
        found = split(point.model, point.delivery, rows.draws, span[0], span[-1], account, rows.factor)
    origin = origin_of(city) if past else origin_of(city, seed, samples)
    named = "observed" if past else scenario
    if as_json:
        print_json({**origin, "scenario": named, "unit": "tCO2", **asdict(found)})
        return
    ranged = (
        words.word("past_statistics") if past else words.word("scenario_mean_and_5_95", scenario=scenario)
    )
    shown(
        tables.effects(found),
        words.word(
            "account_change_10_t",
            start=found.start,
            end=found.end,
            account=account,
            value=found.change_t / 10000.0,
            ranged=ranged,
        ),
        *(words.both("not_estimated_in_one_year", row=row) for row in found.left_out),
        origin_line(origin),
    )


@app.command("sensitivity")
@refusing
def sensitivity(
    case: CaseArgument,
    samples: SamplesOption = SAMPLES,
    seed: SeedOption = SEED,
    top: TopOption = 15,
    sobol: Annotated[bool, typer.Option("--sobol", help=words.both("sobol_indices_by_a_design_of"))] = False,
    year: Annotated[int, typer.Option(help=words.both("year_for_sobol"))] = 2030,
    as_json: JsonOption = False,
) -> None:
    """List the inputs that carry the variance."""
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
        words.word(
            "rise_or_fall_level",
            rank=rank,
            title_zh=d.title_zh,
            holder_zh=d.holder_zh,
            share=d.share,
            level_share=d.level_share,
        )
        for rank, d in enumerate(results.data_requests, 1)
    )
    origin = {"case": found.case, "release": found.release, "seed": seed, "samples": samples}
    shown(
        tables.influences(rows, words.word("share_of_variance")),
        words.word("data_that_would_help_most_share"),
        *wanted,
        origin_line(origin),
    )


@app.command("explain")
@refusing
def explain(
    case: CaseArgument,
    variable: Annotated[str, typer.Argument(help=words.both("an_account_or_a_quantity"))],
    year: Annotated[int, typer.Argument(help=words.both("year"))],
    scenario: ScenarioOption = "plan",
    top: TopOption = 12,
    as_json: JsonOption = False,
) -> None:
    """Trace a number to its inputs and sources."""
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
        tables.origins(origins, unit), words.word("scenario_central_case", variable=variable, year=year, number=number, name=name, scenario=scenario),
        tables.sum_of(terms, unit),
        words.word("effect_change_of_the_quantity_with"),
        *(words.word("source_2", source=source, citation=citation) for source, citation in cited.items()),
        origin_line(origin_of(city)),
    )  # fmt: skip


def _sobol(case: str, samples: int, seed: int, top: int, year: int, as_json: bool) -> None:
    """Print Sobol indices; `samples` are shared by four scrambles, as everywhere.

    Each is evaluated once for every driver and twice more.
    """
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
    told = words.both("account_and_year_of_the_plan", year=year, headline_account=city.city.headline_account)
    shown(
        tables.influences(rows, *words.words("first_order", "total", "standard_error")),
        told,
        origin_line(origin_of(city, seed, samples)),
    )


@app.command("parameters")
@refusing
def parameters(
    markdown: Annotated[
        bool, typer.Option("--markdown", help=words.both("the_page_docs_parameters_md"))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the parameters a case may set, with unit, default, bounds and equation."""
    from dafeng.pathway import parameter_kinds, parameter_page

    if markdown:
        typer.echo(parameter_page(), nl=False)
        return
    kinds = parameter_kinds().values()
    if as_json:
        print_json({"parameters": [asdict(kind) for kind in kinds]})
        return
    shown(tables.parameters(kinds), words.both("x_is_x_of_any_segment"))


app.command("feasible")(pathway_plan.feasible)
app.command("cost")(pathway_plan.cost)
app.command("score")(pathway_plan.score)
app.command("history")(pathway_plan.history)
app.command("hindcast")(pathway_forecast.hindcast)
app.command("bridge")(pathway_forecast.bridge)
app.command("stress")(pathway_forecast.stress)
app.command("credit")(pathway_forecast.credit)
