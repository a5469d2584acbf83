"""`dafeng assess next`: the measures that would close each target that is missed or at risk."""

from dataclasses import asdict

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import CaseName, Json, plain
from dafeng.cli.pathway.pathway_options import model_of, need_own_data
from dafeng.cli.terminal import compact, print_json, refusals, shown

SAMPLES, SEED = 1024, 20300101


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command("next")(next_command)


def next_command(
    case: CaseName,
    samples: int = typer.Option(SAMPLES, "--samples", min=64, help=words.both("assess_samples")),
    seed: int = typer.Option(SEED, "--seed", help=words.both("assess_seed")),
    as_json: Json = False,
) -> None:
    """List for each target missed or at risk the measures that would close it: open delivery, cost, body, odds after it."""
    from dafeng.assessment import next_steps
    from dafeng.pathway import ensemble_of, measure_costs

    with refusals(as_json):
        loaded, model = model_of(case)
        need_own_data(loaded)
        draws = ensemble_of(model, samples, seed, loaded.city.headline_account).draws
        found = next_steps(loaded, model, draws, measure_costs(loaded, model))
    if as_json:
        listed = [plain(asdict(step)) for step in found]
        print_json({"schema_version": 1, "release": loaded.release, "seed": seed, "samples": samples, "steps": listed})  # fmt: skip
        return
    heads = ("assess_head_target", "assess_head_odds", "assess_head_closing", "assess_head_open", "assess_head_odds_after", "assess_head_cost", "assess_head_body")  # fmt: skip
    table = compact(*words.words(*heads), figures=(1, 3, 4, 5))
    for step in found:
        table.add_row(f"{step.target} {step.year}", f"{step.odds:.0%}", "" if step.measures else "—")
        for one in step.measures:
            cost = "NE" if one.cost is None else f"{one.cost / 1e8:,.2f}"
            name = words.plain(one.name_zh, one.name_en)
            lead = one.bodies[0] if one.bodies else ""
            table.add_row("", "", name, f"{one.open_delivery:.0%}", f"{one.odds:.0%}", cost, lead)
    shown(table if found else None, words.word("assess_next_note"))
