"""`dafeng assess score | scores | schemes | appeal`: scores by a scheme, kept in the record store, and appeals against them."""

import csv
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import Json, Paper, Period, Xlsx, day_or_today, plain, term, written_day
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.room import room
from dafeng.cli.terminal import compact, print_json, refusals, shown
from dafeng.evidence import DafengError

appeal_app = room(words.both("assess_appeals_file_decide_list"))

Scheme = Annotated[str, typer.Argument(help=words.both("assess_scheme_name_or_yaml_file"))]
Body = Annotated[str, typer.Option("--body", help=words.both("assess_body_that_is_assessed"))]
County = Annotated[str, typer.Option("--county", help=words.both("assess_county_of_the_body"))]
Request = Annotated[str, typer.Option("--request", help=words.both("assess_id_of_the_request"))]
On = Annotated[str | None, typer.Option("--on", help=words.both("assess_day_of_assessment_default_today"))]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command("score")(score_command)
    app.command()(scores)
    app.command()(schemes)
    app.add_typer(appeal_app, name="appeal")


def score_command(
    scheme: Scheme,
    values: Annotated[Path, typer.Argument(help=words.both("assess_csv_of_values"))],
    on: On = None,
    attribute: Annotated[list[str] | None, typer.Option("--attribute", help=words.both("assess_attribute_of_the_body_name_value"))] = None,
    paper: Paper = None, xlsx: Xlsx = None,
    body: Body = "", period: Period = "",
    stage: Annotated[str, typer.Option("--stage", help=words.both("assess_stage_of_the_score"))] = "self",
    county: County = "",
    explanation: Annotated[str, typer.Option("--explanation", help=words.both("assess_what_differs_and_why"))] = "",
    appeal: Annotated[int | None, typer.Option("--appeal", help=words.both("assess_record_of_the_appeal"))] = None,
    request: Request = "", workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Score by a scheme: points, ladders, vetoes, bonuses, grade; with --body the score is kept in the record store."""
    from dafeng.assessment import load_scheme, score, sheet_of

    with refusals(as_json):
        statistics, evidence = sheet_of(_values(values))
        applied, day, own = load_scheme(scheme), day_or_today(on, "--on"), _attributes(attribute or [])
        record, synthetic = None, False
        if body:
            from dafeng.assessment.records import Subject, file_score
            from dafeng.case import is_synthetic_place

            store = opened(workspace, place, database)
            synthetic = is_synthetic_place(store.scope)
            filed = file_score(
                store, acting(actor), applied, Subject(body, period, county), stage, statistics, evidence, day,
                attributes=own, explanation=explanation, appeal=appeal, request=request,
            )  # fmt: skip
            sheet, record = filed.sheet, filed.id
        else:
            sheet = score(applied, statistics, evidence, day, own)
        if paper:
            from dafeng.report import self_assessment

            made = self_assessment(applied, sheet, written_day(on), body, record=record)
            made.marked(synthetic).save(paper)
        if xlsx:
            from dafeng.report import score_workbook

            score_workbook(applied, sheet, xlsx, record, synthetic)
    if as_json:
        print_json({"schema_version": 1, "record": record, **plain(asdict(sheet))})
        return
    _show(sheet)


def _show(sheet: Any) -> None:
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


def scores(
    scheme: Scheme, body: Body = "", period: Period = "", county: County = "", workspace: Workspace = HERE, place: Place = "",
    database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """List every score of a body in a period: self-assessment, review, decision, each attempt."""
    from dafeng.assessment.records import Subject, appeals_of, score_history

    with refusals(as_json):
        store, who, subject = opened(workspace, place, database), acting(actor), Subject(body, period, county)
        found = score_history(store, who, scheme, subject)
        appeals = appeals_of(store, who, scheme, subject)
    if as_json:
        listed = {"scores": [asdict(one) for one in found], "appeals": [asdict(one) for one in appeals]}
        print_json({"schema_version": 1, **plain(listed)})
        return
    heads = ("assess_head_record", "assess_head_stage", "assess_head_attempt", "assess_head_points", "assess_head_grade", "assess_head_by", "assess_head_why")  # fmt: skip
    table = compact(*words.words(*heads), figures=(0, 2, 3))
    for one in found:
        grade = words.plain(one.sheet.grade_zh, one.sheet.grade_en)
        table.add_row(
            str(one.id),
            words.word(f"assess_stage.{one.stage}"),
            str(one.attempt),
            str(one.sheet.total),
            grade,
            one.by,
            one.explanation,
        )
    titles = {line.item: words.plain(line.zh, line.en) for one in found for line in one.sheet.lines}
    told = (
        words.word(
            "assess_appeal_line", number=one.id, item=titles.get(one.item, one.item), state=term("record_state", one.state),
            text=one.text, answer=one.answer or "–",
        )
        for one in appeals
    )  # fmt: skip
    shown(table, *told)


@appeal_app.command("file")
def file_command(
    scheme: Scheme, item: Annotated[str, typer.Argument(help=words.both("assess_item_of_the_score"))],
    text: Annotated[str, typer.Argument(help=words.both("assess_text_of_the_appeal"))],
    body: Body = "", period: Period = "", county: County = "", on: On = None, request: Request = "", workspace: Workspace = HERE,
    place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """File an appeal against one item of a reviewed score."""
    from dafeng.assessment.records import Subject, file_appeal

    with refusals(as_json):
        store, who = opened(workspace, place, database), acting(actor)
        filed = file_appeal(
            store, who, scheme, Subject(body, period, county), item, text, day_or_today(on, "--on"), request
        )
    if as_json:
        print_json({"schema_version": 1, **plain(asdict(filed))})
    else:
        shown(
            None, words.word("assess_appeal_done", number=filed.id, state=term("record_state", filed.state))
        )


@appeal_app.command()
def decide(
    appeal: Annotated[int, typer.Argument(help=words.both("assess_record_of_the_appeal"))],
    answer: Annotated[str, typer.Argument(help=words.both("assess_answer_to_the_appeal"))],
    uphold: Annotated[bool, typer.Option("--uphold/--reject", help=words.both("assess_uphold_or_reject"))] = False,
    request: Request = "", workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Uphold or reject an appeal with an answer; both texts stay."""
    from dafeng.assessment.records import decide_appeal

    with refusals(as_json):
        done = decide_appeal(
            opened(workspace, place, database), acting(actor), appeal, uphold, answer, request
        )
    if as_json:
        print_json({"schema_version": 1, **asdict(done)})
    else:
        shown(None, words.word("assess_appeal_done", number=done.id, state=term("record_state", done.state)))
