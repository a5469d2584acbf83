"""Target breakdown (目标分解表) and self-assessment with score sheet (自评报告)."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dafeng.assessment import RESERVE, Allocated, Issued, Scheme, ScoreSheet
from dafeng.evidence import Language, catalogue
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.papers.references import References, record_index
from dafeng.report.texts import name, text

if TYPE_CHECKING:
    from dafeng.assessment.duties import FollowUp

ZH = Language.ZH
SCORES, FOLLOW_UP, ISSUED = "assessment_scores", "task_follow_up", "issued_targets"


def breakdown(
    found: Allocated, subject: str, day: str, body: str = "", issued: Issued | None = None
) -> OfficialPaper:
    """Write the breakdown of a total: a table for each method, its reserve, and what could not be used.

    Parameters
    ----------
    found : Allocated
        Proposals side by side, with what they were computed from.
    subject : str
        What is shared out, for the title.
    day, body : str
        Date and issuing body.
    issued : Issued, optional
        Value that the total is, with the document that issued it.
    """
    paper = OfficialPaper(text("paper.title.breakdown", ZH, subject=subject)).marked(found.synthetic)
    cascade, references = found.cascade, References()
    paper.paragraph(
        text("paper.cascade", ZH, total=f"{cascade.total:,.10g} {cascade.unit}", count=len(cascade.proposals))
    )
    if issued is not None:
        value = f"{issued.value:,.10g} {issued.unit}"
        shown = value if issued.record is None else references.mark(value, f"{ISSUED}/{issued.record}/value")
        told = text(
            "paper.issued_total", ZH, value=shown, document=issued.document, day=issued.issued_on or ""
        )
        paper.paragraph(told)
    heads = [text(f"paper.head.{head}", ZH) for head in ("part", "share", "against_the_base", "reason")]
    heads.insert(1, text("paper.head.amount", ZH, unit=cascade.unit))
    for proposal in cascade.proposals:
        paper.heading(proposal.zh)

        def amount(value: float, part: str, method: str = proposal.method) -> str:
            return references.mark(f"{value:,.10g}", found.request.reference(method, part))

        rows = [
            (found.basis.names.get(line.part, line.part), amount(line.amount, line.part), f"{line.share:.1%}", _change(line.change), line.why_zh)
            for line in proposal.lines
        ]  # fmt: skip
        share = f"{proposal.reserve / cascade.total:.1%}"
        rows.append((text("paper.reserve", ZH), amount(proposal.reserve, RESERVE), share, "", ""))
        total = float(proposal.amounts.sum()) + proposal.reserve
        rows.append((text("paper.sum", ZH), f"{total:,.10g}", "100.0%", "", ""))
        paper.table(heads, rows, (24, 36, 20, 20, 56))
    if cascade.unusable:
        paper.heading(text("paper.head.methods_not_used", ZH))
        for method, why in cascade.unusable.items():
            title = catalogue("dafeng.assessment").text(f"cascade_{method}", ZH)
            paper.paragraph(text("paper.unusable", ZH, method=title, why=why.zh))
    record_index(paper, references, text("paper.index_of_cascade", ZH, source=found.source, release=found.release[:19]))  # fmt: skip
    paper.signature(body, day)
    return paper


def self_assessment(
    scheme: Scheme, sheet: ScoreSheet, day: str, body: str = "", record: int | None = None
) -> OfficialPaper:
    """Write the self-assessment: total and grade, vetoes, what is missing, and the score sheet.

    Parameters
    ----------
    scheme, sheet
        Scoring scheme, and the sheet that it gave.
    day, body : str
        Date and body.
    record : int, optional
        Record of the score: its figures then carry references, which `assess explain` resolves.
    """
    paper = OfficialPaper(text("paper.title.self_assessment", ZH, scheme=scheme.zh))
    references = References()

    def marked(shown: str, *steps: str) -> str:
        return shown if record is None else references.mark(shown, "/".join((SCORES, str(record), *steps)))

    paper.heading(text("paper.head.result", ZH))
    total = marked(str(sheet.total), "total")
    paper.paragraph(text("paper.score", ZH, total=total, grade=sheet.grade_zh or "–", source=scheme.source))
    if sheet.vetoes:
        paper.paragraph(text("paper.vetoes", ZH, vetoes="；".join(map(_veto, sheet.vetoes))))
    if sheet.missing:
        paper.paragraph(text("paper.missing", ZH, count=sheet.missing))
    if not sheet.confirmed:
        paper.paragraph(text("paper.unconfirmed", ZH))
    paper.heading(text("paper.head.score_sheet", ZH))
    rows = [
        (line.zh, f"{line.possible:f}", marked(str(line.points), "lines", line.item, "points"), marked(str(line.bonus), "lines", line.item, "bonus") if line.bonus else str(line.bonus), line.why_zh)
        for line in sheet.lines
    ]  # fmt: skip
    points, bonus = sum(line.points for line in sheet.lines), sum(line.bonus for line in sheet.lines)
    rows.append((text("paper.sum", ZH), f"{sheet.possible:f}", str(points), str(bonus), ""))
    paper.table(
        (
            text("paper.head.item", ZH),
            text("paper.head.of", ZH),
            text("paper.head.points", ZH),
            text("paper.head.bonus", ZH),
            text("paper.head.reason", ZH),
        ),
        rows,
        (44, 18, 26, 22, 46),
    )
    if record is None:
        paper.paragraph(text("paper.score_not_kept", ZH))
    record_index(paper, references)
    paper.signature(body, day)
    return paper


def follow_up_table(
    lines: "Sequence[FollowUp]", city: str, period: str, day: str, body: str = ""
) -> OfficialPaper:
    """Write the table of follow-up (调度表): every task and body with its state.

    Parameters
    ----------
    lines
        Tasks and bodies with their state.
    city
        Name of the city.
    period
        Period of the follow-up.
    day
        Day of the paper.
    body
        Body that signs.

    Returns
    -------
    Paper for `write_paper`.
    """
    paper = OfficialPaper(text("paper.title.follow_up", ZH, city=city, period=period))
    late = [line for line in lines if line.overdue]
    answered = sum(line.state in {"replied", "accepted"} for line in lines)
    references = References()
    paper.paragraph(text("paper.follow_up", ZH, total=len(lines), answered=answered, late=len(late)))
    rows = [
        (
            line.task, line.body, text(f"follow_up.{line.role}", ZH),
            references.mark(text(f"follow_up.{line.state}", ZH), _record(line, "state")), _status(line.status), _overdue(line), line.blockers,
        )
        for line in lines
    ]  # fmt: skip
    paper.table(
        (
            text("paper.head.task", ZH),
            text("paper.head.body", ZH),
            text("paper.head.duty", ZH),
            text("paper.head.state", ZH),
            text("paper.head.status", ZH),
            text("paper.head.overdue", ZH),
            text("paper.head.blockers", ZH),
        ),
        rows,
        (20, 28, 14, 28, 18, 28, 20),
    )
    record_index(paper, references)
    paper.signature(body, day)
    return paper


def follow_up_circular(
    lines: "Sequence[FollowUp]", city: str, period: str, day: str, body: str = ""
) -> OfficialPaper:
    """Write the circular (通报) on overdue replies: bodies by number of overdue tasks, then each task.

    Parameters
    ----------
    lines
        Tasks and bodies with their state.
    city
        Name of the city.
    period
        Period of the follow-up.
    day
        Day of the paper.
    body
        Body that signs.

    Returns
    -------
    Paper for `write_paper`.
    """
    paper = OfficialPaper(text("paper.title.circular", ZH, city=city, period=period))
    references = References()
    late = [line for line in lines if line.overdue]
    answered = sum(line.state in {"replied", "accepted"} for line in lines)
    paper.paragraph(text("paper.follow_up", ZH, total=len(lines), answered=answered, late=len(late)))
    if late:
        paper.heading(text("paper.head.bodies_with_overdue_replies", ZH))
        counts = Counter(line.body for line in late)
        paper.table(
            (text("paper.head.body", ZH), text("paper.head.overdue_replies", ZH)),
            [(who, str(number)) for who, number in counts.most_common()],
            (100, 56),
        )
        paper.heading(text("paper.head.overdue_replies_by_task", ZH))
        rows = [
            (
                line.task,
                line.title,
                line.body,
                references.mark(str(line.due), _record(line, "due")),
                _overdue(line),
            )
            for line in late
        ]
        paper.table(
            (
                text("paper.head.task", ZH),
                text("paper.head.title", ZH),
                text("paper.head.body", ZH),
                text("paper.head.due", ZH),
                text("paper.head.overdue", ZH),
            ),
            rows,
            (20, 42, 32, 36, 26),
        )
    record_index(paper, references)
    paper.signature(body, day)
    return paper


def _veto(told: str) -> str:
    """Return a veto with the Chinese name of its statistic; the id of one that is not in the table."""
    statistic, mark, rest = told.partition(":")
    return name("statistic", statistic, ZH) + mark + rest


def _record(line: "FollowUp", field: str) -> str:
    return f"{FOLLOW_UP}/{line.id}/{field}"


def _status(status: str) -> str:
    return text(f"follow_up.{status}", ZH) if status else ""


def _overdue(line: "FollowUp") -> str:
    if not line.overdue:
        return ""
    working = "" if line.overdue_working is None else text("follow_up.working", ZH, days=line.overdue_working)
    return text("follow_up.days", ZH, days=line.overdue) + working


def _change(value: float) -> str:
    return f"{value:+.1%}" if value == value else "NE"
