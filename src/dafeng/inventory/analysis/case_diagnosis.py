"""Diagnosis of the energy balance that a case rests on: its own, or that of the province that it takes shares of."""

from collections.abc import Collection
from functools import lru_cache

from dafeng.case import ESTIMATED_ENERGY, Case
from dafeng.evidence import Finding, Severity
from dafeng.inventory.accounts.downscaling import energy_cells
from dafeng.inventory.balance.diagnosis import Diagnosis, diagnose
from dafeng.inventory.balance.energy_balance import Balance

FROZEN = "frozen-split"


def owner_of_energy(case: Case) -> Case:
    """Return the case whose energy table counts: the place's own, else that of its nearest ancestor with one."""
    owner = case
    while not len(owner.table("energy")) and owner.parent is not None:
        owner = owner.parent
    return owner


def case_balance(case: Case) -> Balance:
    """Return the energy table that a case rests on as a balance; its cells say which are `estimated`.

    Parameters
    ----------
    case
        The case.
    """
    cells = energy_cells(owner_of_energy(case).table("energy"))
    cells = cells.assign(
        printed=cells["value"], scale=1.0, order=range(len(cells)), where="energy.csv",
        estimated=cells["source"] == ESTIMATED_ENERGY,
    )  # fmt: skip
    return Balance(cells, ())


@lru_cache(maxsize=8)
def case_doubts(owner: Case) -> tuple[Diagnosis, ...]:
    """Return the diagnosis of the energy table of a case over all of its years.

    Parameters
    ----------
    owner
        Case with an energy table.
    """
    return tuple(diagnose(case_balance(owner)))


def doubts_of_place(case: Case, years: Collection[int]) -> tuple[tuple[Diagnosis, ...], list[Finding]]:
    """Return the doubts that count for the cells of a place, and the findings of its inventory.

    A frozen split is a finding for every place. It lowers grade and range where the balance is the place's own; a
    place that takes shares of its province has those of the shares, which are wider and hold the split.

    Parameters
    ----------
    case
        The place.
    years
        Years of the inventory.
    """
    owner = owner_of_energy(case)
    doubts = [doubt for doubt in case_doubts(owner) if doubt.year in years]
    frozen = [doubt for doubt in doubts if doubt.kind == FROZEN]
    others = [doubt for doubt in doubts if doubt.kind != FROZEN]
    findings = [doubt.finding() for doubt in others]
    if frozen:
        findings.append(_frozen(owner, frozen))
    return tuple(doubts if owner is case else others), findings


def _frozen(owner: Case, doubts: list[Diagnosis]) -> Finding:
    years = sorted({doubt.year for doubt in doubts})
    share = max(sum(d.energy_share for d in doubts if d.year == year) for year in years)
    span, span_en = ("、".join(map(str, years)), ", ".join(map(str, years)))
    return Finding(
        f"balance-{FROZEN}", Severity.NOTE, f"{owner.city.code}: energy.csv",
        f"{span}年有{len(doubts)}个品种的分行业比例与上年相同,最多涉及该年能源量的{share:.0%}:这些年份的分行业变化没有新信息",
        f"the split over branches of {len(doubts)} fuels and years ({span_en}) is that of the year before, of up to {share:.0%} of the "
        "energy of a year: no news of branches",
        ("energy.csv",),
    )  # fmt: skip
