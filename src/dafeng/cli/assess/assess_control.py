"""`dafeng assess dual-control`: intensity, amount, per head and per product year by year, with odds of each aim."""

from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import CaseName, Json, On, day_or_today
from dafeng.cli.record_options import HERE, As, Database, Workspace, acting, opened
from dafeng.cli.terminal import compact, print_json, progress_bars, refusals, shown

PER_MT = 100.0
"""万吨 of a Mt."""

SAMPLES, SEED = 8192, 20300101


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command("dual-control")(dual_control_command)


def dual_control_command(
    case: CaseName,
    without: Annotated[list[str] | None, typer.Option("--without", help=words.both("assess_deduction_switched_off"))] = None,
    deductions: Annotated[Path | None, typer.Option("--deductions", help=words.both("assess_csv_of_deductions"))] = None,
    rate: Annotated[float, typer.Option("--rate", help=words.both("assess_equivalent_value_of_power"))] = 300.0,
    on: On = "",
    samples: Annotated[int, typer.Option("--samples", min=64, help=words.both("assess_samples"))] = SAMPLES,
    seed: Annotated[int, typer.Option("--seed", help=words.both("assess_seed"))] = SEED,
    workspace: Workspace = HERE, database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Compare each quantity of dual control with its aims year by year, with odds and the rate still required."""
    from dafeng.assessment import control_of_case, product_intensities, read_deductions
    from dafeng.case import LEAST_OWN_SHARE, load, own_share
    from dafeng.inventory import build
    from dafeng.pathway import run
    from dafeng.report import assessed_parts, without_odds

    with refusals(as_json), progress_bars(shown=not as_json):
        loaded = load(case)
        data = None if deductions is None else read_deductions(deductions)
        rows, outputs = records_of_control(loaded, workspace, database, actor, on)
        inventory = build(loaded)
        projection = run(loaded, samples=samples, seed=seed, inventory=inventory)
        paths = control_of_case(
            loaded, projection, rows, data=data, without=without or (), rate=rate,
            on=day_or_today(on, "--on") if on else None,
        )  # fmt: skip
        found = assessed_parts(paths, product_intensities(loaded, inventory, outputs))
        withheld = own_share(loaded) < LEAST_OWN_SHARE
    show(without_odds(found) if withheld else found, loaded.city.as_of, as_json)


def records_of_control(case: Any, workspace: Path, database: str, actor: str, on: str) -> tuple[Any, Any]:
    """Return the issued values in force and the outputs of products of a workspace; nothing without one."""
    if not database and not (workspace / "records.sqlite").exists():
        return [], {}
    # behind the question: the packages of records are an extra, and a case without a workspace needs none of them
    from dafeng.assessment import records, target_tree, validity_of_case, values_in_force

    store, who = opened(workspace, case.city.code, database), acting(actor)
    tree = target_tree(records.issued_values(store, who), day_or_today(on, "--on"), validity_of_case(case))
    return values_in_force(tree), records.product_outputs(store, who)


def show(found: Any, as_of: int, as_json: bool) -> None:
    """Print dual control: a table for each quantity and period, CO2 per product, a sentence for each aim."""
    from dafeng.report import control_lines, text

    if as_json:
        sentences = {one.value: control_lines(found, as_of, one) for one in type(words.language())}
        notes = {one.value: text("control.note", one) for one in type(words.language())}
        print_json({"schema_version": 1, **found.model_dump(mode="json", include={"dual_control", "products"}), "sentences": sentences, "note": notes})  # fmt: skip
        return
    heads = ("assess_head_year", "assess_head_basis", "assess_head_mt", "assess_head_per_head", "assess_head_done", "assess_head_line", "assess_head_fall_year", "assess_head_needed")  # fmt: skip
    for path in found.dual_control:
        table = compact(*words.words(*heads), figures=range(2, 8))
        for row in path.years:
            head = "" if row.per_head is None else f"{row.per_head.median:.2f}"
            falls = (row.done, row.line, row.annual)
            table.add_row(
                str(row.year), words.word(f"assess_basis.{row.basis}"), f"{row.amount.median * PER_MT:,.0f}", head,
                *("–" if one is None else f"{one:.1%}" for one in falls), "–" if row.required is None else f"{row.required:.2%}",
            )  # fmt: skip
        shown(table, words.word(f"assess_path.{path.quantity}", first=path.from_year + 1, last=path.to_year))
    products = [
        words.word("assess_product", name=words.plain(one.name_zh, one.name_en), year=one.year, value="NE" if one.value is None else f"{one.value:.3f}")
        for one in found.products
    ]  # fmt: skip
    shown(
        None,
        *products,
        *control_lines(found, as_of, words.language()),
        text("control.note", words.language()),
    )
