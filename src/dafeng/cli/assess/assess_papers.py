"""`dafeng assess paper`: every kind of paper in official layout."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import Json, day_or_today
from dafeng.cli.record_options import HERE, As, Database, Place, Workspace, acting, opened
from dafeng.cli.terminal import print_json, refusals, shown
from dafeng.evidence import DafengError

FreezeOf = Annotated[int | None, typer.Option("--freeze", help=words.both("assess_record_of_the_freeze"))]
Source = Annotated[str, typer.Argument(help=words.both("assess_folder_of_results_or_case"))]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module to the commands of assessment."""
    app.command()(paper)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a paper is made from: source, day, body, and the options that its kind needs."""

    source: str
    day: str
    body: str
    period: str
    total: float
    unit: str
    record: int
    freeze: int | None
    before: Path | None
    before_freeze: int | None
    workspace: Path
    place: str
    database: str
    actor: str

    @property
    def on(self) -> date:
        """Return the day of the paper."""
        return day_or_today(self.day, "--day")

    @property
    def written(self) -> str:
        """Return the day as papers print it."""
        return words.chinese_day(self.on)

    def case(self) -> Any:
        """Return the loaded case. Raises: DafengError where none is named."""
        from dafeng.case import load

        if not self.source:
            raise DafengError.at("paper", words.both("assess_x_nothing"), words.both("assess_x_case"))
        return load(self.source)

    def records(self, place: str = "") -> tuple[Any, Any]:
        """Return the record store and who acts."""
        return opened(self.workspace, self.place or place, self.database), acting(self.actor)

    def needed(self, option: str, value: Any) -> Any:
        """Return the value of an option. Raises: DafengError where it is not given."""
        if not value:
            raise DafengError.at(option, words.both("assess_x_nothing"), words.both("assess_x_option", option=option))  # fmt: skip
        return value

    def frozen(self, record: int | None) -> Any:
        """Return a freeze in force; None without a record."""
        from dafeng.assessment.records import in_force

        return None if record is None else in_force(*self.records(), record)


def _summary(results: str | Path | None, frozen: Any) -> Any:
    from dafeng.report import read_summary, summary_of

    if frozen is not None:
        return summary_of(frozen.content["summary"], f"assessment_freezes:{frozen.id}")
    if not results:
        raise DafengError.at("paper", words.both("assess_x_nothing"), words.both("assess_x_results"))
    return read_summary(Path(results))


def _day(asked: Asked, frozen: Any) -> str:
    return words.chinese_day(day_or_today(asked.day or (str(frozen.frozen_on) if frozen else None), "--day"))


def _yearly(asked: Asked) -> Any:
    from dafeng.report import yearly_report

    frozen = asked.frozen(asked.freeze)
    return yearly_report(_summary(asked.source, frozen), _day(asked, frozen), asked.body)


def _one_page(asked: Asked) -> Any:
    from dafeng.report import one_page

    frozen, earlier = asked.frozen(asked.freeze), asked.frozen(asked.before_freeze)
    known = asked.before is not None or earlier is not None
    before = _summary(asked.before, earlier) if known else None
    return one_page(_summary(asked.source, frozen), _day(asked, frozen), asked.body, before)


def _inventory(asked: Asked) -> Any:
    from dafeng.inventory import build
    from dafeng.report import inventory_report

    case = asked.case()
    return inventory_report(case, build(case), asked.written, asked.body)


def _breakdown(asked: Asked) -> Any:
    from dafeng.assessment import Request, allocate_source
    from dafeng.report import breakdown

    asked.needed("paper", asked.source)
    found = allocate_source(asked.source, Request(asked.needed("--total", asked.total), asked.unit))
    return breakdown(found, words.both("assess_total_aim").zh, asked.written, asked.body)


def _follow_up(asked: Asked) -> Any:
    from dafeng.report import follow_up_table

    return follow_up_table(*_lines(asked))


def _circular(asked: Asked) -> Any:
    from dafeng.report import follow_up_circular

    return follow_up_circular(*_lines(asked))


def _lines(asked: Asked) -> tuple[Any, str, str, str, str]:
    from dafeng.assessment.duties import follow_up, last_round

    case = asked.case()
    store, who = asked.records(case.city.code)
    period = asked.period or last_round(store, who)
    lines = follow_up(store, who, period, asked.on) if period else []
    if not lines:
        raise DafengError.at(f"task_follow_up:{period}", words.both("assess_x_no_requests"), words.both("assess_x_period_asked"), words.both("assess_x_request_command"))  # fmt: skip
    return lines, case.city.name_zh, period, asked.written, asked.body


def _warning(asked: Asked) -> Any:
    from dafeng.assessment import records
    from dafeng.report import warning_circular

    case = asked.case()
    store, who = asked.records(case.city.code)
    rows = records.warnings_of(store, who, asked.needed("--period", asked.period))
    names = {county.code: county.name_zh for county in case.city.counties}
    return warning_circular(rows, names, case.city.name_zh, asked.period, asked.written, asked.body)


def _self_assessment(asked: Asked) -> Any:
    from dafeng.assessment import load_scheme
    from dafeng.assessment.records import score_record
    from dafeng.registers import read
    from dafeng.report import self_assessment

    store, who = asked.records()
    record = asked.needed("--record", asked.record)
    row = read(store, who, "assessment_scores", record)
    sheet = score_record(store, who, record).sheet
    body = asked.body or str(row["body"])
    return self_assessment(load_scheme(row["scheme"]), sheet, asked.written, body, record=record)


PAPERS: dict[str, Callable[[Asked], Any]] = {
    "yearly": _yearly,
    "one-page": _one_page,
    "inventory": _inventory,
    "breakdown": _breakdown,
    "follow-up": _follow_up,
    "circular": _circular,
    "warning": _warning,
    "self-assessment": _self_assessment,
}
"""Kind of paper → how it is made."""


def _listed(made: Any) -> list[dict[str, Any]]:
    return [
        {"number": number, "figure": figure, "reference": reference}
        for number, (figure, reference) in enumerate(made.references, start=1)
    ]


def paper(
    kind: Annotated[str, typer.Argument(help=words.both("assess_kind_of_paper"))],
    out: Annotated[Path, typer.Option("--out", help=words.both("assess_docx_file"))],
    source: Source = "",
    freeze: FreezeOf = None,
    day: Annotated[str, typer.Option("--day", help=words.both("assess_date_default_today"))] = "",
    body: Annotated[str, typer.Option("--body", help=words.both("assess_issuing_body"))] = "",
    before: Annotated[Path | None, typer.Option("--before", help=words.both("assess_results_to_compare_with"))] = None,
    before_freeze: Annotated[int | None, typer.Option("--before-freeze", help=words.both("assess_freeze_to_compare_with"))] = None,
    period: Annotated[str, typer.Option("--period", help=words.both("assess_period_of_the_paper"))] = "",
    total: Annotated[float, typer.Option("--total", help=words.both("assess_amount_to_share_out"))] = 0.0,
    unit: Annotated[str, typer.Option("--unit", help=words.both("assess_unit_of_the_amount"))] = "t",
    record: Annotated[int, typer.Option("--record", help=words.both("assess_record_of_the_score"))] = 0,
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Write a paper in official layout."""
    with refusals(as_json):
        if kind not in PAPERS:
            raise DafengError.at("paper", kind, words.both("assess_x_paper_kind", kinds=", ".join(PAPERS)))
        asked = Asked(
            source, day, body, period, total, unit, record, freeze, before, before_freeze, workspace, place, database, actor
        )  # fmt: skip
        made = PAPERS[kind](asked)
        made.save(out)
    if as_json:
        digest = hashlib.sha256(out.read_bytes()).hexdigest()
        print_json(
            {
                "schema_version": 1,
                "kind": kind,
                "file": str(out),
                "sha256": digest,
                "references": _listed(made),
            }
        )
    else:
        shown(
            None,
            words.word("assess_paper", title=words.word(f"paper_name.{kind.replace('-', '_')}"), file=out),
        )
