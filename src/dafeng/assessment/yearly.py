"""Records of the yearly assessment: issued values, carbon budgets, early warnings, follow-up, scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dafeng.assessment import records
from dafeng.assessment.budgets.budget import QUANTITY as BUDGET
from dafeng.assessment.budgets.budget import Account, Line, Used, carbon_budget
from dafeng.assessment.budgets.inputs import branch_of_trade, used_of_case
from dafeng.assessment.duties import FollowUp, follow_up, last_round
from dafeng.assessment.targets.issued import Issued
from dafeng.assessment.targets.of_case import issued_of_case, validity_of_case
from dafeng.assessment.targets.tree import Tree, target_tree, values_in_force
from dafeng.case import Case
from dafeng.evidence import Finding
from dafeng.inventory import Inventory
from dafeng.registers import Actor, Store


@dataclass(frozen=True, slots=True)
class YearRecords:
    """What the record store holds for a yearly assessment; empty parts where there is no store.

    `budgets` year → settled budgets; `warnings` records of the last period of each rule set; `lines` follow-up of
    `period`; `scores` the record that counts of each scheme, body and period; `outputs` of products [t].
    """

    tree: Tree
    issued: Sequence[Issued]
    budgets: Mapping[int, Sequence[Line]]
    findings: Sequence[Finding]
    warnings: Sequence[Mapping[str, Any]] = ()
    period: str = ""
    lines: Sequence[FollowUp] = ()
    scores: Sequence[Mapping[str, Any]] = ()
    outputs: Mapping[tuple[str, int], float] = field(default_factory=dict)


def year_records(
    case: Case, inventory: Inventory, on: date, store: Store | None = None, actor: Actor | None = None, *, period: str = "",
    used: Sequence[Used] = (),
) -> YearRecords:  # fmt: skip
    """Gather what a yearly assessment takes from the case and the record store.

    Parameters
    ----------
    case, inventory
        Loaded case and its inventory.
    on : date
        Day of judgement.
    store, actor : optional
        Record store, and who looks; without a store only the case counts.
    period : str
        Period of the follow-up; the one asked last without it.
    used : sequence of Used
        Amounts used that come before those of the inventory.

    Returns
    -------
    YearRecords
        Budgets of `as_of` and every later year for which the city has one issued.
    """
    rows = issued_of_case(case)
    if store is None or actor is None:
        tree = target_tree(rows, on, validity_of_case(case))
        return YearRecords(tree, (), {}, tree.findings)
    tree = target_tree([*rows, *records.issued_values(store, actor)], on, validity_of_case(case))
    current = values_in_force(tree)
    branches = branch_of_trade(case)
    projects, emitters = (
        records.projects_under_way(store, actor, branches),
        records.key_emitters(store, actor, branches),
    )
    budgets: dict[int, Sequence[Line]] = {}
    findings = list(tree.findings)
    for year in sorted(
        {row.year for row in current if row.quantity == BUDGET and row.year >= case.city.as_of}
    ):
        named = {one.node for one in used if one.year == year}
        own = [one for one in used_of_case(case, inventory, year) if one.node not in named]
        lines, more = carbon_budget(current, Account((*used, *own), projects, emitters, case.city.code), year)
        if lines:
            budgets[year] = lines
            findings += more
    chosen = period or last_round(store, actor)
    return YearRecords(
        tree, [row for row in current if row.record is not None], budgets, findings, records.last_warnings(store, actor), chosen,
        follow_up(store, actor, chosen, on) if chosen else (), records.scores_in_force(store, actor),
        records.product_outputs(store, actor),
    )  # fmt: skip
