"""Inventory report (清单报告): totals by account and year, branches, counties, quality of the data."""

from dafeng.case import Case
from dafeng.evidence import DafengError, Language, chinese
from dafeng.inventory import (
    COUNTY_SPREAD_LN,
    Inventory,
    county_totals,
    fuel_title,
    row_title,
    to_counties,
)
from dafeng.report.papers.inventory_figures import UNPLACED, inventory_reference
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.papers.references import References, record_index
from dafeng.report.texts import name, text

ZH = Language.ZH
TEN_THOUSAND = 1e4
ACCOUNTS = ("A", "B")


def inventory_report(case: Case, inventory: Inventory, day: str, body: str = "") -> OfficialPaper:
    """Write the inventory report of a case.

    Parameters
    ----------
    case : Case
    inventory : Inventory
        Of that case.
    day, body : str
        Date and issuing body.

    Returns
    -------
    OfficialPaper
        Sections: 核算范围, 排放总量, 分领域, 分县区, 数据质量. What is not estimated is named, never left out.
    """
    year = inventory.years[-1]
    title = text("paper.title.inventory", ZH, city=case.city.name_zh, year=year)
    paper = OfficialPaper(title).marked(case.city.synthetic)
    paper.heading(text("paper.head.scope", ZH))
    options = inventory.options
    paper.paragraph(
        text(
            "paper.inventory_scope",
            ZH,
            first=inventory.years[0],
            last=year,
            factors=name("fuel_set", options["fuel_set"], ZH),
            gwp=options["gwp_set"],
            rule=name("electricity_rule", options["electricity_rule"], ZH),
            release=case.release[:12],
        )
    )
    references = References()
    _totals(paper, inventory, references)
    _branches(paper, inventory, year, references)
    _counties(paper, case, inventory, year, references)
    _quality(paper, inventory, year)
    record_index(
        paper, references, text("paper.index_of_case", ZH, source=case.name, release=case.release[:12])
    )
    paper.signature(body, day)
    return paper


def _totals(paper: OfficialPaper, inventory: Inventory, references: References) -> None:
    paper.heading(text("paper.head.totals", ZH))
    heads = ["paper.head.year", "paper.head.account_a", "paper.head.account_b", "paper.head.grade"]
    columns = [inventory.totals(account) for account in ACCOUNTS]
    rows = [
        (
            str(a.year), *(_marked(references, _range(one.value_t, one.low_t, one.high_t), one.account, one.year) for one in (a, b)),
            f"{a.grade.value}/{b.grade.value}",
        )
        for a, b in zip(*columns, strict=True)
    ]  # fmt: skip
    paper.table([text(head, ZH) for head in heads], rows, (20, 57, 57, 22))
    for totals in columns:
        for mark in dict.fromkeys(total.mark.zh for total in totals if total.without):
            years = "、".join(str(total.year) for total in totals if total.mark.zh == mark)
            paper.paragraph(text("paper.completeness", ZH, years=years, mark=mark))


def _marked(references: References, shown: str, account: str, year: int, *steps: str) -> str:
    """Return a figure with the number of its reference; NE has none."""
    return shown if shown == "NE" else references.mark(shown, inventory_reference(account, year, *steps))


def _branches(paper: OfficialPaper, inventory: Inventory, year: int, references: References) -> None:
    paper.heading(text("paper.head.branches", ZH, year=year))
    part = inventory.part("A", year)
    known = part[part["key"] == ""]
    sums = known.groupby("branch")["value"].sum().sort_values(ascending=False)
    total = float(sums.sum())
    rows = [
        (
            name("branch", str(branch), ZH),
            _marked(references, f"{value / TEN_THOUSAND:,.1f}", "A", year, "branch", str(branch)), f"{value / total:.1%}",
        )
        for branch, value in sums.items()
    ]  # fmt: skip
    rows.append((text("paper.sum", ZH), f"{total / TEN_THOUSAND:,.1f}", "100.0%"))
    heads = ("paper.head.branch", "paper.head.co2", "paper.head.share")
    paper.table([text(head, ZH) for head in heads], rows, (64, 52, 40))


def _counties(
    paper: OfficialPaper, case: Case, inventory: Inventory, year: int, references: References
) -> None:
    if not case.city.counties:
        return
    paper.heading(text("paper.head.counties", ZH, year=year))
    try:
        rows_ = to_counties(inventory, case, year, account="A")
    except DafengError as error:
        why = "；".join(chinese(one.found) for one in error.problems)
        paper.paragraph(text("paper.counties_missing", ZH, why=why))
        return
    paper.paragraph(text("paper.counties_note", ZH, spread=f"{COUNTY_SPREAD_LN:.2f}"))
    totals = county_totals(rows_)
    names = {county.code: county.name_zh for county in case.city.counties} | {"": text("paper.unplaced", ZH)}
    rows = [
        (
            names.get(str(row["county"]), str(row["county"])),
            _marked(
                references, f"{row['value_t'] / TEN_THOUSAND:,.1f}", "A", year, "county", str(row["county"]) or UNPLACED
            ),
            f"{row['plants_t'] / TEN_THOUSAND:,.1f}",
            "–" if row["county"] == "" else f"{row['low_t'] / TEN_THOUSAND:,.1f}–{row['high_t'] / TEN_THOUSAND:,.1f}",
        )
        for row in totals.to_dict("records")
    ]  # fmt: skip
    whole, at_plants = (
        f"{float(totals[name].sum()) / TEN_THOUSAND:,.1f}" for name in ("value_t", "plants_t")
    )
    rows.append((text("paper.sum", ZH), whole, at_plants, "–"))
    heads = ("paper.head.county", "paper.head.co2", "paper.head.at_plants", "paper.head.range")
    paper.table([text(head, ZH) for head in heads], rows, (48, 36, 36, 36))


def _quality(paper: OfficialPaper, inventory: Inventory, year: int) -> None:
    paper.heading(text("paper.head.quality", ZH))
    for account in ACCOUNTS:
        [total] = inventory.totals(account, [year])
        paper.paragraph(
            text(
                "paper.quality", ZH, account=account, grade=total.grade.value, share=f"{total.share_d_e:.0%}"
            )
        )
        if total.incomplete:
            paper.paragraph(
                text(
                    "paper.not_estimated",
                    ZH,
                    account=account,
                    count=len(total.incomplete),
                    names="、".join(map(_named, total.incomplete)),
                )
            )


def _named(item: str) -> str:
    """Return the Chinese name of a row, fuel or activity; the id where the tables have none."""
    shown = name("activity", item, ZH)
    return fuel_title(row_title(item)) if shown == item else shown


def _range(value: float, low: float, high: float) -> str:
    if value != value:
        return "NE"
    return f"{value / TEN_THOUSAND:,.0f}（{low / TEN_THOUSAND:,.0f}–{high / TEN_THOUSAND:,.0f}）"
