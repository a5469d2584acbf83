"""`dafeng assess run`: the whole yearly assessment in one command."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_control import SAMPLES, SEED
from dafeng.cli.assess.assess_options import (
    DECIMALS,
    CaseName,
    Json,
    On,
    day_or_today,
    plain,
    subject_of,
    term,
)
from dafeng.cli.record_options import HERE, As, Database, Workspace, acting, opened
from dafeng.cli.terminal import print_json, print_problems, progress_bars, refusals, shown
from dafeng.evidence import DafengError

BUDGET = "co2_budget"
"""Quantity of carbon budgets in the register of issued values."""
STEP_SAMPLES = 1024
"""Samples of the next steps, which evaluate every measure."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command("run")(run_command)


@dataclass(frozen=True, slots=True)
class Done:
    """Outcome of the command: case, records of the year, summary, page and papers."""

    case: Any
    held: Any
    summary: Any
    page: Path
    papers: list[Path]


def run_command(
    case: CaseName,
    out: Annotated[Path, typer.Option("--out", help=words.both("assess_folder_of_the_assessment"))],
    period: Annotated[str, typer.Option("--period", help=words.both("assess_period_of_the_follow_up"))] = "",
    on: On = "",
    body: Annotated[str, typer.Option("--body", help=words.both("assess_issuing_body"))] = "",
    before: Annotated[Path | None, typer.Option("--before", help=words.both("assess_results_to_compare_with"))] = None,
    used: Annotated[Path | None, typer.Option("--used", help=words.both("assess_csv_of_amounts_used"))] = None,
    without: Annotated[list[str] | None, typer.Option("--without", help=words.both("assess_deduction_switched_off"))] = None,
    deductions: Annotated[Path | None, typer.Option("--deductions", help=words.both("assess_csv_of_deductions"))] = None,
    samples: Annotated[int, typer.Option("--samples", min=64, help=words.both("assess_samples"))] = SAMPLES,
    seed: Annotated[int, typer.Option("--seed", help=words.both("assess_seed"))] = SEED,
    workspace: Workspace = HERE, database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Run the yearly assessment: tree, dual control, budgets, verdicts, warnings, scores, next steps, page and papers."""
    from dafeng.assessment import read_deductions, read_used
    from dafeng.case import load
    from dafeng.inventory import build
    from dafeng.report import check_writable, read_summary, run_inputs, write_results

    with refusals(as_json), progress_bars(shown=not as_json):
        check_writable(out)
        loaded, day = load(case), day_or_today(on, "--on")
        earlier = None if before is None else read_summary(before)
        amounts = [] if used is None else read_used(used)
        data = None if deductions is None else read_deductions(deductions)
        store, who = None, None
        if database or (workspace / "records.sqlite").exists():
            store, who = opened(workspace, loaded.city.code, database), acting(actor)
        from dafeng.assessment import year_records

        inventory = build(loaded)
        held = year_records(loaded, inventory, day, store, who, period=period, used=amounts)
        summary = _summary(loaded, inventory, held, samples, seed, {"data": data, "without": without or (), "on": day if on else None})  # fmt: skip
        page = write_results(summary, run_inputs(loaded), out)
        made = _papers(loaded, inventory, held, summary, (day, body, earlier), (store, who))
        papers = [_saved(paper.marked(loaded.city.synthetic), out / f"{name}.docx") for name, paper in made]
    _report(Done(loaded, held, summary, page, papers), store is not None, as_json)


def _saved(paper: Any, path: Path) -> Path:
    paper.save(path)
    return path


def _summary(case: Any, inventory: Any, held: Any, samples: int, seed: int, control: dict[str, Any]) -> Any:
    from dafeng.assessment import control_of_case, next_steps, product_intensities
    from dafeng.case import place_names
    from dafeng.pathway import compile_model, ensemble_of, measure_costs, run
    from dafeng.report import assessed_parts, summarise_case

    projection = run(case, samples=samples, seed=seed, inventory=inventory)
    model = compile_model(case, inventory)
    draws = ensemble_of(model, min(samples, STEP_SAMPLES), seed, case.city.headline_account).draws
    found = assessed_parts(
        control_of_case(case, projection, held.issued, **control),
        product_intensities(case, inventory, held.outputs), held.budgets, held.warnings, place_names(case.city), held.lines,
        next_steps(case, model, draws, measure_costs(case, model)), case.city.synthetic,
    )  # fmt: skip
    return summarise_case(case, inventory, projection, found)


def _papers(
    case: Any, inventory: Any, held: Any, summary: Any, issue: tuple[Any, str, Any], records: tuple[Any, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield the name and content of every paper for which there are data."""
    from dafeng.report import follow_up_circular, follow_up_table, inventory_report, one_page, yearly_report

    day, body, earlier = issue
    written, city = words.chinese_day(day), case.city.name_zh
    yield words.paper("yearly"), yearly_report(summary, written, body)
    yield words.paper("one_page"), one_page(summary, written, body, earlier)
    yield words.paper("inventory"), inventory_report(case, inventory, written, body)
    if held.lines:
        yield words.paper("follow_up"), follow_up_table(held.lines, city, held.period, written, body)
        yield words.paper("circular"), follow_up_circular(held.lines, city, held.period, written, body)
    yield from _warning_papers(case, held, written, body)
    yield from _breakdowns(case, inventory, held, written, body)
    yield from _score_papers(held, records, written)


def _warning_papers(case: Any, held: Any, written: str, body: str) -> Iterator[tuple[str, Any]]:
    from dafeng.case import place_names
    from dafeng.report import warning_circular

    names = place_names(case.city)
    for period in dict.fromkeys(row["round"] for row in held.warnings):
        rows = [row for row in held.warnings if row["round"] == period]
        yield (
            words.paper("warning", period),
            warning_circular(rows, names, case.city.name_zh, period, written, body),
        )


def _breakdowns(case: Any, inventory: Any, held: Any, written: str, body: str) -> Iterator[tuple[str, Any]]:
    """Yield the breakdown of the city's carbon budget of each year among its counties."""
    from dafeng.assessment import Request, allocate_source
    from dafeng.report import breakdown

    for year, lines in held.budgets.items():
        for line in (one for one in lines if one.level == "city"):
            issued = next(
                one for one in held.issued
                if (one.quantity, one.year, one.node, one.coverage) == (BUDGET, year, line.node, line.coverage)
                and one.document == line.document
            )  # fmt: skip
            apart = [words.both("assess_without_ets").zh] if line.coverage == "without_ets" else []
            request = Request(issued.value, issued.unit, decimals=DECIMALS)
            try:
                found = allocate_source(case.name, request, case=case, inventory=inventory)
            except DafengError:
                return  # without a split by county there is no basis; the inventory report states what is missing
            if found.cascade.proposals:
                paper = breakdown(found, subject_of(issued), written, body, issued)
                yield words.paper("breakdown", year, *apart), paper


def _score_papers(held: Any, records: tuple[Any, Any], written: str) -> Iterator[tuple[str, Any]]:
    from dafeng.assessment import load_scheme, scheme_names
    from dafeng.assessment.records import score_record
    from dafeng.report import self_assessment

    store, who = records
    for row in held.scores:
        if row["scheme"] in scheme_names():
            scored = score_record(store, who, int(row["id"]))
            paper = self_assessment(
                load_scheme(row["scheme"]), scored.sheet, written, row["body"], record=scored.id
            )
            yield words.paper("self_assessment", row["body"], row["round"], row["id"]), paper


def _report(done: Done, kept: bool, as_json: bool) -> None:
    found, summary, held = done.summary.assessment, done.summary, done.held
    findings, problems = ([one.as_dict() for one in group] for group in (held.findings, held.tree.problems))
    if as_json:
        from dafeng.evidence import Language
        from dafeng.report import control_lines

        print_json({
            "schema_version": 1, "case": done.case.name, "release": summary.place.release, "page": str(done.page),
            "targets": summary.target_count.model_dump(), "assessment": found.model_dump(mode="json"),
            "sentences": {one.value: control_lines(found, summary.place.as_of, one) for one in Language},
            "scores": [plain({name: row[name] for name in SCORE}) for row in held.scores], "period": held.period,
            "findings": findings, "problems": problems, "papers": [str(path) for path in done.papers],
        })  # fmt: skip
        return
    shown(None, *_lines(done, kept))
    if held.tree.problems:
        print_problems(held.tree.problems, as_json)


def _scheme(name: str) -> str:
    """Return the name of a packaged scheme; the id of a city's own, which a record alone does not hold."""
    from dafeng.assessment import load_scheme, scheme_names

    if name not in scheme_names():
        return name
    found = load_scheme(name)
    return words.plain(found.zh, found.en)


SCORE = ("id", "scheme", "body", "county", "round", "stage", "total", "grade_zh", "grade_en", "missing")


def _lines(done: Done, kept: bool) -> Iterator[str]:
    from dafeng.report import control_lines, emissions, headline

    summary, held, tongue = done.summary, done.held, words.language()
    found, count = summary.assessment, summary.target_count
    yield headline(summary, tongue)
    conflicts = sum(one.severity.value == "conflict" for one in held.findings)
    yield words.word(
        "assess_run_targets", met=count.met, risk=count.at_risk, missed=count.missed, open=count.cannot_be_judged,
        conflicts=conflicts, problems=len(held.tree.problems),
    )  # fmt: skip
    yield from control_lines(found, summary.place.as_of, tongue)
    if not kept:
        yield words.word("assess_run_no_records")
    for row in found.budgets:
        left = "NE" if row.left is None else emissions(row.left, tongue)
        yield words.word("assess_run_budget", year=row.year, name=row.name, left=left)
    if found.lights:
        told = "; ".join(
            f"{words.plain(one.name_zh, one.name_en)} {one.period} {term('warning', one.colour)}"
            for one in found.lights
        )
        yield words.word("assess_run_warnings", told=told)
    if found.late:
        yield words.word("assess_run_late", bodies=len(found.late), tasks=sum(one.overdue for one in found.late), period=held.period)  # fmt: skip
    for row in held.scores:
        grade = words.plain(row["grade_zh"] or "", row["grade_en"] or "")
        yield words.word("assess_run_score", body=row["body"], period=row["round"], scheme=_scheme(row["scheme"]), total=row["total"], grade=grade)  # fmt: skip
    yield words.word("assess_run_papers", count=len(done.papers))
    yield from (f"  {path}" for path in done.papers)
    yield words.word("assess_run_page", page=done.page)
