"""Context of the model's results, taken from the case and its inventory."""

from collections.abc import Sequence

from dafeng import __version__
from dafeng.assessment import judge_case, outlook_of
from dafeng.case import INHERITED_PLANS, Case
from dafeng.evidence import Finding, Severity
from dafeng.inventory import ACCOUNTS, Inventory, cross_check_findings, grouped_range, reference_table
from dafeng.pathway import Projection
from dafeng.pathway.results import T_PER_MT, Observed
from dafeng.report.assessed import Assessed
from dafeng.report.contents.assessed import assessed
from dafeng.report.contents.ratios import ratios
from dafeng.report.summarising import Background, summarise
from dafeng.report.summary import BranchEmissions, Place, PowerUnit, Reference, Summary
from dafeng.report.texts import both
from dafeng.report.withholding import own_data
from dafeng.units import convert

IMPORT = "electricity_import"
THERMAL = ("coal", "gas", "oil")
REFERENCES = ("co2_ceads_city", "co2_edgar_v8", "co2_ceads_province")


def summarise_case(
    case: Case, inventory: Inventory, projection: Projection, extra: Assessed | None = None
) -> Summary:
    """Return the summary of a case's run: model results, verdicts, inventory and sources.

    Parameters
    ----------
    case
        Loaded case.
    inventory
        Inventory of the case.
    projection
        Projection of the case.
    extra
        Sections of the assessment with what the record store adds; without a store those of the case.

    Returns
    -------
    Summary that every face reads.
    """
    background = Background(
        branches=branches(inventory, projection.accounts),
        downscaled=downscaled(inventory, projection),
        references=references(case, inventory),
        new_units=new_units(case),
        findings=findings(case, inventory),
        sources=tuple(case.sources.values()),
        own=own_data(case),
        ratios=ratios(case, projection),
        leads={task.locator: task.lead for task in case.plan.tasks if task.lead} if case.plan else {},
        assessment=extra or assessed(case, inventory, projection),
    )
    return summarise(
        place(case, projection), projection, judge_case(case, outlook_of(projection)), background
    )


def place(case: Case, projection: Projection) -> Place:
    city = case.city
    return Place(
        name=case.name, name_zh=city.name_zh, name_en=city.name_en, code=city.code, level=city.level,
        plan_title=_plan_title(case), base_year=projection.base_year, as_of=projection.as_of,
        horizon=projection.horizon, headline_account=projection.headline_account, release=case.release,
        version=__version__, seed=projection.seed, samples=projection.samples,
    )  # fmt: skip


def _plan_title(case: Case) -> str | None:
    """Return the title of the plan, marked where it is that of a level above."""
    if case.plan is None:
        return None
    inherited = any(id_ in case.sources for id_ in INHERITED_PLANS)
    return both("plan.inherited", title=case.plan.title).zh if inherited else case.plan.title


def branches(inventory: Inventory, accounts: Sequence[str]) -> list[BranchEmissions]:
    """Return CO2 of the base year by account and branch with 95 % range and worst grade, largest first.

    Net electricity import is separate from the branch `power`. Branches without an estimate are left out
    here and named in the findings.
    """
    rows = []
    for account in accounts:
        if account not in ACCOUNTS:
            continue
        cells = inventory.part(account, inventory.base_year)
        cells = cells[(cells["gas"] == "CO2") & cells["value"].notna()]
        group = cells["branch"].where(cells["category"] != IMPORT, "import")
        for branch, part in cells.groupby(group, sort=True):
            value, low, high = grouped_range(part)
            if value or low or high:
                rows.append(
                    BranchEmissions(
                        branch=str(branch), account=account, value=value / T_PER_MT, low=low / T_PER_MT,
                        high=high / T_PER_MT, grade=str(part["grade"].max()),
                    )
                )  # fmt: skip
    return sorted(rows, key=lambda row: (row.account, -row.value))


def downscaled(inventory: Inventory, projection: Projection) -> list[Observed]:
    """Return CO2 totals of the inventory from the base year on.

    Included are accounts and years as complete as the last year before the base year.
    """
    found = []
    past = projection.results.observed[0].years if projection.results.observed else []
    known = sorted({int(year) for year in inventory.cells["year"]})
    for account in projection.accounts:
        if account not in ACCOUNTS or not past:
            continue
        last, *later = inventory.totals(account, [past[-1], *(y for y in known if y >= projection.base_year)])
        whole = [total for total in later if not set(total.incomplete) - set(last.incomplete)]
        if whole and last.unit == "tCO2":
            values = [total.value_t / T_PER_MT for total in whole]
            found.append(Observed(account=account, years=[total.year for total in whole], values=values))
    return found


def references(case: Case, inventory: Inventory) -> list[Reference]:
    """Return outside estimates of every year, with ours next to them for the years of the inventory."""
    known: dict[tuple[str, int], tuple[float | None, float | None]] = {
        (str(row["indicator"]), int(row["year"])): (float(row["ours_t"]), float(row["gap_t"]))
        for row in reference_table(inventory, case).to_dict("records")
    }
    table = case.table("observations")
    table = table[table["region"].astype(str) == case.city.code]
    found = []
    for indicator in REFERENCES:
        name = both(f"reference.{indicator}")
        series = table[(table["indicator"] == indicator) & table["value"].notna()].sort_values("year")
        for row in series.to_dict("records"):
            ours, gap = known.get((indicator, int(row["year"])), (None, None))
            found.append(
                Reference(
                    source=indicator, name_zh=name.zh, name_en=name.en, year=int(row["year"]),
                    value=_mt(float(row["value"]), str(row["unit"])), account="B",
                    ours=None if ours is None else ours / T_PER_MT, gap=None if gap is None else gap / T_PER_MT,
                )
            )  # fmt: skip
    return found


def new_units(case: Case) -> list[PowerUnit]:
    """Return thermal units that began after the base year, up to `as_of`: one row per plant and year."""
    table = case.power_units()
    chosen = table[
        table["fuel"].isin(THERMAL) & (table["status"] == "operating")
        & (table["start_year"] > case.city.base_year) & (table["start_year"] <= case.city.as_of)
    ]  # fmt: skip
    plants: dict[tuple[str, int, str], list[tuple[str, float]]] = {}
    for row in chosen.to_dict("records"):
        key = str(row["name_en"]).partition(",")[0], int(row["start_year"]), str(row["fuel"])
        plants.setdefault(key, []).append((str(row["name_zh"]), float(row["capacity_mw"])))
    return [
        PowerUnit(
            name_zh=units[0][0], name_en=name, start_year=year, fuel=fuel, units=len(units),
            capacity_mw=sum(capacity for _, capacity in units),
        )
        for (name, year, fuel), units in sorted(plants.items())
    ]  # fmt: skip


def findings(case: Case, inventory: Inventory) -> list[Finding]:
    """Return findings of plan, case and inventory; those of the model come with the projection."""
    of_plan = [finding.as_finding("plan.yaml") for finding in case.plan.findings] if case.plan else []
    cut = [task for task in case.plan.tasks if not task.complete] if case.plan else []
    of_text = []
    for task in cut:
        told = both("finding.task_incomplete", task=task.locator)
        of_text.append(
            Finding("task-incomplete", Severity.NOTE, f"plan.yaml:{task.locator}", told.zh, told.en)
        )
    checks = cross_check_findings(case, inventory)
    return [*of_plan, *of_text, *case.findings, *inventory.findings, *checks]


def _mt(value: float, unit: str) -> float:
    return float(convert(value, unit, "tCO2")) / T_PER_MT


def run_inputs(case: Case) -> dict[str, str]:
    """Return the sha256 of every file of the case and of its ancestors, by `case/file`.

    Parameters
    ----------
    case
        Loaded case.

    Returns
    -------
    Digest by file.
    """
    own = {f"{case.name}/{file}": digest for file, digest in case.hashes.items()}
    return (run_inputs(case.parent) if case.parent else {}) | own
