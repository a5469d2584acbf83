"""`dafeng assess paper`: every kind of paper in official layout."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from dafeng.cli import words
from dafeng.cli.assess.assess_options import DECIMALS, IssuedRecord, Json, day_or_today, subject_of, total_of
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
    period: str = ""
    total: float | None = None
    unit: str = "t"
    issued: int = 0
    record: int = 0
    freeze: int | None = None
    before: Path | None = None
    before_freeze: int | None = None
    workspace: Path = HERE
    place: str = ""
    database: str = ""
    actor: str = ""

    def on(self, frozen: Any = None) -> date:
        """Return the day of the paper: the one named, else that of the freeze, else today."""
        return day_or_today(self.day or (str(frozen.frozen_on) if frozen else None), "--day")

    def written(self, frozen: Any = None) -> str:
        """Return the day as papers print it."""
        return words.chinese_day(self.on(frozen))

    def case(self, frozen: Any = None) -> Any:
        """Return the loaded case. Raises: DafengError where none is named, or its release is not the frozen one."""
        from dafeng.case import load

        if not self.source:
            raise DafengError.at("paper", words.both("assess_x_nothing"), words.both("assess_x_case"))
        found = load(self.source)
        if frozen is not None and found.release != frozen.release:
            raise DafengError.at(
                f"{self.source}:release", found.release[:12], words.both("assess_x_frozen_release", release=frozen.release[:12]),
                words.both("assess_x_frozen_release_mend"),
            )  # fmt: skip
        return found

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


def _yearly(asked: Asked) -> Any:
    from dafeng.report import yearly_report

    frozen = asked.frozen(asked.freeze)
    return yearly_report(_summary(asked.source, frozen), asked.written(frozen), asked.body)


def _one_page(asked: Asked) -> Any:
    from dafeng.report import one_page

    frozen, earlier = asked.frozen(asked.freeze), asked.frozen(asked.before_freeze)
    known = asked.before is not None or earlier is not None
    before = _summary(asked.before, earlier) if known else None
    return one_page(_summary(asked.source, frozen), asked.written(frozen), asked.body, before)


def _inventory(asked: Asked) -> Any:
    from dafeng.inventory import build
    from dafeng.report import inventory_report

    frozen = asked.frozen(asked.freeze)
    case = asked.case(frozen)
    return inventory_report(case, build(case), asked.written(frozen), asked.body)


def _breakdown(asked: Asked) -> Any:
    from dafeng.assessment import Request, allocate_source
    from dafeng.report import breakdown

    asked.needed("paper", asked.source)
    frozen = asked.frozen(asked.freeze)
    if frozen is not None and asked.source.lower().endswith(".csv"):
        raise DafengError.at("--freeze", asked.source, words.both("assess_x_frozen_case"))
    case = None if frozen is None else asked.case(frozen)

    def kept(record: int) -> Any:
        from dafeng.assessment.records import frozen_issued, issued_value

        return issued_value(*asked.records(), record) if frozen is None else frozen_issued(frozen, record)

    issued, amount, unit = total_of(asked.issued, asked.total, asked.unit, kept)
    request = Request(amount, unit, decimals=DECIMALS if issued else 0)
    found = allocate_source(asked.source, request, case=case)
    return breakdown(found, subject_of(issued), asked.written(frozen), asked.body, issued)


def _follow_up(asked: Asked) -> Any:
    from dafeng.report import follow_up_table

    *content, synthetic = _lines(asked)
    return follow_up_table(*content).marked(synthetic)


def _circular(asked: Asked) -> Any:
    from dafeng.report import follow_up_circular

    *content, synthetic = _lines(asked)
    return follow_up_circular(*content).marked(synthetic)


def _lines(asked: Asked) -> tuple[Any, str, str, str, str, bool]:
    from dafeng.assessment.duties import follow_up, frozen_follow_up, last_round

    frozen = asked.frozen(asked.freeze)
    if frozen is not None:
        lines, period = frozen_follow_up(frozen, asked.period, asked.on(frozen))
        return lines, _city(frozen), period, asked.written(frozen), asked.body, _synthetic(frozen)
    case = asked.case()
    store, who = asked.records(case.city.code)
    period = asked.period or last_round(store, who)
    lines = follow_up(store, who, period, asked.on()) if period else []
    if not lines:
        raise DafengError.at(f"task_follow_up:{period}", words.both("assess_x_no_requests"), words.both("assess_x_period_asked"), words.both("assess_x_request_command"))  # fmt: skip
    return lines, case.city.name_zh, period, asked.written(), asked.body, case.city.synthetic


def _city(frozen: Any) -> str:
    return str(frozen.content["summary"]["place"]["name_zh"])


def _synthetic(frozen: Any) -> bool:
    return bool((frozen.content["summary"].get("assessment") or {}).get("synthetic"))


def warning_paper(asked: Asked) -> Any:
    """Return the circular on the warnings of a period, from the record store or from a freeze."""
    from dafeng.assessment.records import frozen_rows, warnings_of
    from dafeng.case import place_names
    from dafeng.evidence import Text
    from dafeng.report import warning_circular

    period = asked.needed("--period", asked.period)
    frozen = asked.frozen(asked.freeze)
    if frozen is not None:
        rows = frozen_rows(frozen, "early_warnings", period)
        names = {code: Text(name, name) for code, name in frozen.content["places"].items()}
        made = warning_circular(rows, names, _city(frozen), period, asked.written(frozen), asked.body)
        return made.marked(_synthetic(frozen))
    city = asked.case().city
    found = warnings_of(*asked.records(city.code), period)
    made = warning_circular(found, place_names(city), city.name_zh, period, asked.written(), asked.body)
    return made.marked(city.synthetic)


def _self_assessment(asked: Asked) -> Any:
    from dafeng.assessment import load_scheme
    from dafeng.assessment.records import frozen_score, score_record
    from dafeng.case import is_synthetic_place
    from dafeng.registers import read
    from dafeng.report import self_assessment

    record = asked.needed("--record", asked.record)
    frozen = asked.frozen(asked.freeze)
    store, who = asked.records()
    if frozen is not None:
        scheme, found, body = frozen_score(frozen, record)
    else:
        row = read(store, who, "assessment_scores", record)
        scheme, found, body = load_scheme(row["scheme"]), score_record(store, who, record), str(row["body"])
    made = self_assessment(scheme, found.sheet, asked.written(frozen), asked.body or body, record=record)
    return made.marked(is_synthetic_place(store.scope))


PAPERS: dict[str, Callable[[Asked], Any]] = {
    "yearly": _yearly,
    "one-page": _one_page,
    "inventory": _inventory,
    "breakdown": _breakdown,
    "follow-up": _follow_up,
    "circular": _circular,
    "warning": warning_paper,
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
    total: Annotated[float | None, typer.Option("--total", help=words.both("assess_amount_to_share_out"))] = None,
    unit: Annotated[str, typer.Option("--unit", help=words.both("assess_unit_of_the_amount"))] = "t",
    issued: IssuedRecord = 0,
    record: Annotated[int, typer.Option("--record", help=words.both("assess_record_of_the_score"))] = 0,
    workspace: Workspace = HERE, place: Place = "", database: Database = "", actor: As = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Write a paper in official layout."""
    with refusals(as_json):
        if kind not in PAPERS:
            raise DafengError.at("paper", kind, words.both("assess_x_paper_kind", kinds=", ".join(PAPERS)))
        asked = Asked(
            source, day, body, period, total, unit, issued, record, freeze, before, before_freeze, workspace, place, database, actor
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
