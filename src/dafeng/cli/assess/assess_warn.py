"""`dafeng assess warn`: early warnings of counties: judge, issue, lift, circular."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import CaseName, Json, Period, plain, term
from dafeng.cli.assess.assess_papers import Asked, warning_paper
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, print_problems, refusals, shown
from dafeng.evidence import chinese

warn_app = room(words.both("assess_warn_judge_issue_lift"))

Values = Annotated[Path, typer.Argument(help=words.both("assess_csv_of_warning_values"))]
RuleSet = Annotated[str, typer.Option("--rule-set", help=words.both("assess_rule_set_of_the_colours"))]
Rules = Annotated[Path | None, typer.Option("--rules", help=words.both("assess_csv_of_own_rules"))]
Names = Annotated[str, typer.Option("--case", help=words.both("assess_case_of_the_names"))]
DEFAULT = "ndrc_2021h1_intensity"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.add_typer(warn_app, name="warn")


@warn_app.command("judge")
def judge_command(
    values: Values, period: Period, rule_set: RuleSet = DEFAULT, rules: Rules = None, case: Names = "", as_json: Json = False
) -> None:  # fmt: skip
    """Judge counties by a dated rule set, without keeping anything."""
    from dafeng.assessment import judge_counties, read_readings, warning_rules

    with refusals(as_json):
        names = _names(case)
        found = judge_counties(warning_rules(rules), rule_set, read_readings(values), period)
    _show(found, names, as_json, {})


@warn_app.command()
def issue(
    values: Values, period: Period, rule_set: RuleSet = DEFAULT, rules: Rules = None, case: Names = "", workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Issue warnings, lift those that they end, hold and release the projects of the counties."""
    from dafeng.assessment import judge_counties, read_readings, records, warning_rules

    with refusals(as_json):
        names = _names(case)
        store, who = opened(workspace, place, database), acting(actor)
        earlier = records.colours_before(store, who, rule_set)
        found = judge_counties(warning_rules(rules), rule_set, read_readings(values), period, earlier)
        done = records.issue_warnings(store, who, found)
    told = {name: list(getattr(done, name)) for name in ("entered", "lifted", "held", "released")}
    _show(found, names, as_json, {**told, "problems": [one.as_dict() for one in done.problems]})
    if done.problems and not as_json:
        print_problems(done.problems, as_json)


@warn_app.command()
def lift(
    warning: Annotated[int, typer.Argument(help=words.both("assess_record_of_the_warning"))],
    reason: Annotated[str, typer.Option("--reason", help=words.both("assess_reason"))] = "",
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Lift a warning with a reason and release the projects that it held."""
    from dafeng.assessment import records

    with refusals(as_json):
        done, released = records.lift_warning(
            opened(workspace, place, database), acting(actor), warning, reason
        )
    if as_json:
        print_json({"schema_version": 1, **asdict(done), "released": released})
    else:
        shown(None, f"✓ {done.id} {term('record_state', done.state)}", *released)


@warn_app.command()
def circular(
    case: CaseName, period: Period, out: Annotated[Path, typer.Option("--out", help=words.both("assess_docx_file"))],
    day: Annotated[str, typer.Option("--day", help=words.both("assess_date_default_today"))] = "",
    body: Annotated[str, typer.Option("--body", help=words.both("assess_issuing_body"))] = "",
    workspace: Workspace = HERE, database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Write the circular on the warnings of a period."""
    with refusals(as_json):
        made = warning_paper(
            Asked(case, day, body, period, workspace=workspace, database=database, actor=actor)
        )
        made.save(out)
    if as_json:
        print_json({"schema_version": 1, "file": str(out), "warnings": len(made.references)})
    else:
        shown(None, f"✓ {out}")


def _names(case: str) -> Any:
    """Return the names of places by code, with those of the counties of a case where one is named."""
    from dafeng.case import load, place_names

    return place_names(load(case).city if case else None)


def _show(found: Any, names: Any, as_json: bool, told: dict[str, Any]) -> None:
    if as_json:
        print_json({"schema_version": 1, "warnings": [plain(asdict(one)) for one in found], **told})
        return
    heads = ("assess_head_county", "assess_head_basis", "assess_head_colour", "assess_head_reds", "assess_head_consequence", "assess_head_why")  # fmt: skip
    table = compact(*words.words(*heads), figures=(3,))
    for one in found:
        why = words.plain(one.consequence_zh or chinese(one.reason), one.consequence_en or one.reason)
        table.add_row(
            words.shown(names.get(one.county, one.county)), term("warning", one.basis), term("warning", one.colour), str(one.reds), term("warning", one.consequence), why
        )  # fmt: skip
    unsure = "" if all(one.confirmed for one in found) else words.word("assess_rules_not_compared")
    lines = [
        f"{words.word(f'assess_issue.{name}')}: {', '.join(map(str, value))}"
        for name, value in told.items()
        if value and name != "problems"
    ]
    shown(table, unsure, *lines)
