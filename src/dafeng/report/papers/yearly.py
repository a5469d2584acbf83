"""Yearly assessment report (年度评估报告) and the page for the mayor (一页纸), from the summary of a run."""

from dafeng.evidence import Language
from dafeng.pathway import PLAN
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.papers.references import References
from dafeng.report.summary import Summary
from dafeng.report.texts import text
from dafeng.report.withholding import share_sentence
from dafeng.report.wording import (
    accounts_differ,
    delivery_sentence,
    emission_range,
    emissions,
    hangs_on,
    headline,
    leading,
    second_sentence,
)

ZH = Language.ZH
MARK = "paper.head.synthetic_data_no_real_city"
DECISIONS = 3


def yearly_report(summary: Summary, day: str, body: str = "") -> OfficialPaper:
    """Write the yearly assessment report.

    Parameters
    ----------
    summary : Summary
        Result of a run.
    day : str
        Date under the report, as 2026年3月31日.
    body : str
        Issuing body; left out where empty.

    Returns
    -------
    OfficialPaper
        Sections: 总体结论, 排放现状, 目标完成情况, 任务与责任, 数据问题, 下一步, 数据索引.
    """
    place = summary.place
    paper = OfficialPaper(
        text("paper.title.yearly", ZH, city=place.name_zh, year=place.as_of), _mark(summary)
    )
    references = References()
    paper.heading(text("paper.head.overall_result", ZH))
    for sentence in (headline(summary, ZH), second_sentence(summary, ZH), delivery_sentence(summary, ZH)):
        if sentence:
            paper.paragraph(sentence)
    _state(paper, summary, references)
    _targets(paper, summary, references)
    _tasks(paper, summary, references)
    _issues(paper, summary)
    _next(paper, summary)
    paper.heading(text("paper.head.index_of_figures", ZH))
    paper.paragraph(text("paper.index", ZH, release=place.release[:12], version=place.version, seed=place.seed, samples=place.samples))  # fmt: skip
    paper.table(
        (
            text("paper.head.number", ZH),
            text("paper.head.figure", ZH),
            text("paper.head.place_in_summary_json", ZH),
        ),
        references.as_table(),
        (15, 51, 90),
    )
    paper.signature(body, day)
    return paper


def one_page(summary: Summary, day: str, body: str = "") -> OfficialPaper:
    """Write the page for the mayor: the answer, lights by target, three decisions; one A4.

    Parameters
    ----------
    summary
        Summary of a run.
    day
        Day of the paper.
    body
        Body that signs.

    Returns
    -------
    Paper of one page.
    """
    place = summary.place
    paper = OfficialPaper(text("paper.title.one_page", ZH, city=place.name_zh), _mark(summary))
    paper.paragraph(headline(summary, ZH))
    count = summary.target_count
    paper.table(
        (
            text("paper.head.met", ZH),
            text("paper.head.at_risk", ZH),
            text("paper.head.missed", ZH),
            text("paper.head.cannot_be_judged", ZH),
            text("paper.head.total", ZH),
        ),
        [
            tuple(
                str(n) for n in (count.met, count.at_risk, count.missed, count.cannot_be_judged, count.total)
            )
        ],
        (31, 31, 31, 31, 32),
    )
    attribution = summary.attribution
    if attribution is not None:
        ranked = sorted(attribution.tasks, key=lambda row: -row.reduction)[:DECISIONS]
        rows = [
            (str(number), f"{row.id} {row.name_zh}", emissions(row.reduction, ZH), row.departments[0] if row.departments else "")
            for number, row in enumerate(ranked, start=1)
        ]  # fmt: skip
        paper.paragraph(text("paper.decisions", ZH, count=len(rows)))
        paper.table(
            ("", text("paper.head.task", ZH), text("paper.head.reduction", ZH), text("paper.head.lead", ZH)),
            rows,
            (10, 76, 35, 35),
        )
    wanted = "；".join(
        text("paper.wanted", ZH, title=request.title_zh, holder=request.holder_zh)
        for request in summary.data_requests[:DECISIONS]
    )
    if wanted:
        paper.paragraph(text("paper.data", ZH, wanted=wanted))
    paper.signature(body, day)
    return paper


def _mark(summary: Summary) -> str:
    return text(MARK, ZH) if getattr(summary.place, "synthetic", False) else ""


def _state(paper: OfficialPaper, summary: Summary, references: References) -> None:
    paper.heading(text("paper.head.present_emissions", ZH))
    place = summary.place
    parts = [
        text(
            "paper.base",
            ZH,
            account=account,
            value=references.mark(emission_range(value, ZH), f"/base/{account}"),
        )
        for account, value in summary.base.items()
    ]
    paper.paragraph(text("paper.base_year", ZH, year=place.base_year, parts="，".join(parts)))
    if differ := accounts_differ(summary, ZH):
        paper.paragraph(differ)
    if own := share_sentence(summary, ZH):
        paper.paragraph(own)
    peak = None if summary.withheld else summary.peak(PLAN)
    if peak is not None and peak.level is not None:
        at = summary.peaks.index(peak)
        level = references.mark(emission_range(peak.level, ZH), f"/peaks/{at}/level")
        paper.paragraph(text("paper.level", ZH, level=level, account=place.headline_account))


def _targets(paper: OfficialPaper, summary: Summary, references: References) -> None:
    paper.heading(text("paper.head.targets", ZH))
    count = summary.target_count
    judged = references.mark(str(count.judged), "/target_count/judged")
    paper.paragraph(
        text("paper.targets", ZH, total=count.total, judged=judged, met=count.met, at_risk=count.at_risk, missed=count.missed, left=count.cannot_be_judged)
    )  # fmt: skip
    rows = [
        (target.locator, target.indicator, "" if target.year is None else str(target.year), text(f"status.{target.status}", ZH), target.why_zh)
        for target in summary.targets
    ]  # fmt: skip
    paper.table(
        (
            text("paper.head.locator", ZH),
            text("paper.head.indicator", ZH),
            text("paper.head.year", ZH),
            text("paper.head.verdict", ZH),
            text("paper.head.reason", ZH),
        ),
        rows,
        (18, 36, 18, 20, 64),
    )


def _tasks(paper: OfficialPaper, summary: Summary, references: References) -> None:
    paper.heading(text("paper.head.tasks_and_duties", ZH))
    paper.paragraph(hangs_on(summary, ZH))
    attribution = summary.attribution
    if attribution is None:
        return
    rows = []
    for row in sorted(attribution.tasks, key=lambda one: -one.reduction):
        at = attribution.tasks.index(row)
        shown = references.mark(emissions(row.reduction, ZH), f"/attribution/tasks/{at}/reduction")
        rows.append((row.id, row.name_zh, shown, "、".join(row.departments)))
    paper.table(
        (
            text("paper.head.locator", ZH),
            text("paper.head.task", ZH),
            text("paper.head.reduction", ZH),
            text("paper.head.bodies", ZH),
        ),
        rows,
        (18, 52, 30, 56),
    )
    if summary.unquantified:
        names = "、".join(one.name_zh for one in summary.unquantified)
        paper.paragraph(text("paper.unquantified", ZH, count=len(summary.unquantified), names=names))


def _issues(paper: OfficialPaper, summary: Summary) -> None:
    paper.heading(text("paper.head.doubts_about_the_data", ZH))
    first, rest = leading(summary.findings)
    for issue in first:
        paper.paragraph(issue.zh)
    if rest:
        paper.paragraph(text("paper.more_findings", ZH, count=len(rest)))


def _next(paper: OfficialPaper, summary: Summary) -> None:
    paper.heading(text("paper.head.next_steps", ZH))
    for request in summary.data_requests:
        paper.paragraph(text("paper.request", ZH, title=request.title_zh, holder=request.holder_zh))
