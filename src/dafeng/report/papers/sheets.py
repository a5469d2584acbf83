"""Target breakdown (目标分解表) and self-assessment with score sheet (自评报告)."""

from collections.abc import Mapping

from dafeng.assessment import Cascade, Scheme, ScoreSheet
from dafeng.evidence import Language
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.wording import text

ZH = Language.ZH


def breakdown(
    cascade: Cascade, names: Mapping[str, str], subject: str, day: str, body: str = ""
) -> OfficialPaper:
    """Write the breakdown of a total: a table for each method, its reserve, and what could not be used.

    Parameters
    ----------
    cascade : Cascade
        Proposals side by side.
    names : mapping
        Part → name.
    subject : str
        What is shared out, for the title.
    day, body : str
        Date and issuing body.
    """
    paper = OfficialPaper(f"{subject}分解表")
    paper.paragraph(
        text("paper.cascade", ZH, total=f"{cascade.total:,.10g} {cascade.unit}", count=len(cascade.proposals))
    )
    for proposal in cascade.proposals:
        paper.heading(proposal.zh)
        rows = [
            (names.get(line.part, line.part), f"{line.amount:,.10g}", f"{line.share:.1%}", _change(line.change), line.why_zh)
            for line in proposal.lines
        ]  # fmt: skip
        rows.append(
            (
                text("paper.reserve", ZH),
                f"{proposal.reserve:,.10g}",
                f"{proposal.reserve / cascade.total:.1%}",
                "",
                "",
            )
        )
        total = sum(line.amount for line in proposal.lines) + proposal.reserve
        rows.append((text("paper.sum", ZH), f"{total:,.10g}", "100.0%", "", ""))
        paper.table(
            ("单元", f"核定量（{cascade.unit}）", "占比", "较基期", "说明"), rows, (24, 32, 18, 20, 62)
        )
    if cascade.unusable:
        paper.heading("未采用的方法")
        for method, why in cascade.unusable.items():
            paper.paragraph(f"{method}：{why}")
    paper.signature(body, day)
    return paper


def self_assessment(scheme: Scheme, sheet: ScoreSheet, day: str, body: str = "") -> OfficialPaper:
    """Write the self-assessment: total and grade, vetoes, what is missing, and the score sheet."""
    paper = OfficialPaper(f"{scheme.zh}自评报告")
    paper.heading("自评结果")
    paper.paragraph(
        text("paper.score", ZH, total=sheet.total, grade=sheet.grade_zh or "–", source=scheme.source)
    )
    if sheet.vetoes:
        paper.paragraph(text("paper.vetoes", ZH, vetoes="；".join(sheet.vetoes)))
    if sheet.missing:
        paper.paragraph(text("paper.missing", ZH, count=sheet.missing))
    if not sheet.confirmed:
        paper.paragraph(text("paper.unconfirmed", ZH))
    paper.heading("评分表")
    rows = [
        (line.zh, f"{line.possible:f}", str(line.points), str(line.bonus), line.why_zh)
        for line in sheet.lines
    ]
    paper.table(("项目", "满分", "得分", "加分", "说明"), rows, (46, 18, 18, 18, 56))
    paper.signature(body, day)
    return paper


def _change(value: float) -> str:
    return f"{value:+.1%}" if value == value else "NE"
