"""Yearly assessment report (年度评估报告), from the summary of a run."""

from dafeng.evidence import Language
from dafeng.pathway import PLAN
from dafeng.report.assessed import Assessed, ControlPath
from dafeng.report.control_wording import amount_text, control_sentence, ordered_paths
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.papers.references import References, record_index
from dafeng.report.summary import Summary
from dafeng.report.texts import text
from dafeng.report.withholding import share_sentence
from dafeng.report.wording import (
    accounts_differ,
    chance,
    delivery_sentence,
    emission_range,
    emissions,
    hangs_on,
    headline,
    leading,
    second_sentence,
)

ZH = Language.ZH


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
        Sections: 总体结论, 排放现状, 目标完成情况, 碳排放双控, 任务与责任, 数据问题, 下一步, 数据索引.
    """
    place = summary.place
    title = text("paper.title.yearly", ZH, city=place.name_zh, year=place.as_of)
    paper = OfficialPaper(title).marked(summary.synthetic)
    references = References()
    paper.heading(text("paper.head.overall_result", ZH))
    peak = "" if summary.withheld else f"/peaks/{summary.peaks.index(summary.peak(PLAN))}"
    sentences = headline(summary, ZH), second_sentence(summary, ZH), delivery_sentence(summary, ZH)
    # what is withheld has no figure to refer to
    pointers = (peak and f"{peak}/before_2030", peak, "/delivery_levels")
    for sentence, pointer in zip(sentences, pointers, strict=True):
        if sentence:
            paper.paragraph(references.mark(sentence, pointer) if pointer else sentence)
    _state(paper, summary, references)
    _targets(paper, summary, references)
    _control(paper, summary, references)
    _tasks(paper, summary, references)
    _issues(paper, summary)
    _next(paper, summary, references)
    record_index(paper, references, text("paper.index", ZH, release=place.release[:12], version=place.version, seed=place.seed, samples=place.samples))  # fmt: skip
    paper.signature(body, day)
    return paper


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
        (
            target.locator, target.indicator, "" if target.year is None else str(target.year),
            references.mark(text(f"status.{target.status}", ZH), f"/targets/{at}"), target.why_zh,
        )
        for at, target in enumerate(summary.targets)
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
        (18, 34, 16, 24, 64),
    )


def _tasks(paper: OfficialPaper, summary: Summary, references: References) -> None:
    paper.heading(text("paper.head.tasks_and_duties", ZH))
    attribution = summary.attribution
    told = hangs_on(summary, ZH)
    paper.paragraph(told if attribution is None else references.mark(told, "/attribution"))
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


def _control(paper: OfficialPaper, summary: Summary, references: References) -> None:
    """Add dual control: the outcome of each aim, a table by year, CO2 per product, budgets, lights of counties."""
    found = summary.assessment
    if found is None:
        return
    paper.heading(text("paper.head.dual_control", ZH))
    for path in ordered_paths(found):
        at = found.dual_control.index(path)
        for number, aim in enumerate(path.aims):
            pointer = f"/assessment/dual_control/{at}/aims/{number}"
            paper.paragraph(references.mark(control_sentence(path, aim, summary.place.as_of, ZH), pointer) + text("paper.basis_of", ZH, document=aim.document))  # fmt: skip
        if path.to_year > summary.place.as_of:
            _by_year(paper, path, f"/assessment/dual_control/{at}/years", references)
    if found.dual_control:
        paper.paragraph(text("control.note", ZH))
    products = [
        text(
            "paper.per_product",
            ZH,
            name=one.name_zh,
            year=one.year,
            value=references.mark(f"{one.value:.3f}", f"/assessment/products/{at}"),
        )
        for at, one in enumerate(found.products)
        if one.value is not None
    ]
    missing = [one.name_zh for one in found.products if one.value is None]
    if products:
        paper.paragraph(text("paper.products", ZH, products="；".join(products)))
    if missing:
        paper.paragraph(text("paper.products_missing", ZH, names="、".join(missing)))
    _budgets(paper, found, references)
    _lights(paper, found)


def _by_year(paper: OfficialPaper, path: ControlPath, pointer: str, references: References) -> None:
    title = text(f"control.quantity.{path.quantity}", ZH)
    paper.heading(
        text("control.path_title", ZH, quantity=title, base=path.from_year + 1, year=path.to_year), 2
    )
    rows = [
        (
            str(row.year), text(f"control.basis.{row.basis}", ZH),
            references.mark(amount_text(path.quantity, row.amount.median, ZH, unit=False), f"{pointer}/{at}"),
            "–" if row.per_head is None else f"{row.per_head.median:.2f}", f"{row.done:.1%}",
            "–" if row.line is None else f"{row.line:.1%}", "–" if row.annual is None else f"{row.annual:.1%}",
            "–" if row.required is None else f"{row.required:.2%}",
        )
        for at, row in enumerate(path.years)
    ]  # fmt: skip
    heads = (
        "column.year", "control.column.basis", f"control.column.amount.{path.quantity}", f"control.column.per_head.{path.quantity}",
        "control.column.done", "control.column.line", "control.column.annual", "control.column.required",
    )  # fmt: skip
    paper.table([text(head, ZH) for head in heads], rows, (16, 18, 31, 18, 18, 17, 17, 21))


def _budgets(paper: OfficialPaper, found: Assessed, references: References) -> None:
    if not found.budgets:
        return
    paper.heading(text("control.budgets", ZH), 2)

    def shown(value: float | None) -> str:
        return "NE" if value is None else emissions(value, ZH, unit=False)

    rows = [
        (row.name, str(row.year), shown(row.assigned), shown(row.used), shown(row.ets), shown(row.committed), references.mark(shown(row.left), f"/assessment/budgets/{at}/left"))
        for at, row in enumerate(found.budgets)
    ]  # fmt: skip
    heads = ("node", "assigned", "used", "ets", "committed", "left")
    titles = [text(f"control.budget.{head}", ZH) for head in heads]
    paper.table((titles[0], text("column.year", ZH), *titles[1:]), rows, (34, 16, 20, 20, 20, 22, 24))


def _lights(paper: OfficialPaper, found: Assessed) -> None:
    if not found.lights:
        return
    paper.heading(text("control.lights", ZH, period=found.lights[0].period), 2)
    rows = [
        (row.name_zh, text(f"warning.{row.basis}", ZH), text(f"warning.{row.colour}", ZH), text(f"warning.{row.consequence}", ZH), text("control.light.in_force" if row.in_force else "control.light.lifted", ZH), f"early_warnings/{row.record}/colour")
        for row in found.lights
    ]  # fmt: skip
    heads = ("paper.head.county", "paper.head.basis", "paper.head.colour", "paper.head.consequence", "control.light.state", "paper.head.record")  # fmt: skip
    paper.table([text(head, ZH) for head in heads], rows, (36, 18, 20, 20, 18, 44))


def _next(paper: OfficialPaper, summary: Summary, references: References) -> None:
    paper.heading(text("paper.head.next_steps", ZH))
    found = [] if summary.assessment is None else summary.assessment.open_targets
    rows = [
        (
            references.mark(f"{row.target} {row.year}", f"/assessment/open_targets/{at}"), chance(row.odds, ZH), one.name_zh,
            f"{one.open_delivery:.0%}", chance(one.odds, ZH), "NE" if one.cost is None else f"{one.cost / 1e8:,.2f}", one.body,
        )
        for at, row in enumerate(found) for one in row.measures
    ]  # fmt: skip
    if rows:
        heads = ("target", "odds", "measure", "open", "odds_after", "cost", "body")
        paper.table([text(f"paper.next.{head}", ZH) for head in heads], rows, (34, 20, 36, 14, 20, 14, 18))
    for request in summary.data_requests:
        paper.paragraph(text("paper.request", ZH, title=request.title_zh, holder=request.holder_zh))
