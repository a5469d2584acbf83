"""Section of the costs: the abatement cost curve of the measures with a sourced cost."""

from collections.abc import Mapping
from typing import Literal

from dafeng.pathway.analysis.costs import Costs
from dafeng.pathway.methods import abatement
from dafeng.pathway.results.parts import T_PER_MT, Part


class CostedMeasure(Part):
    """A measure on the cost curve: CNY/t, Mt CO2 beside what is in before, CNY a year net of savings."""

    id: str
    name_zh: str
    name_en: str
    marginal_cost: float
    reduction: float
    cost: float
    grade: str
    sources: list[str]


class CostCurve(Part):
    """Measures with a sourced cost in rising order, and what stays out; `investment` in CNY by year, above no plan."""

    method: str
    account: str
    year: int
    discount_rate: float
    measures: list[CostedMeasure]
    left_out: int
    left_out_reduction: float
    investment: dict[int, float]
    public_budget: Literal["NE"] = "NE"

    @classmethod
    def of(
        cls, account: str, costs: Costs, curve: abatement.CostCurve, names: Mapping[str, tuple[str, str]]
    ) -> "CostCurve":
        """Return the section of a curve; `names` are Chinese and English by measure."""
        rows = {cost.id: cost for cost in costs.measures}
        columns = (curve.order, curve.marginal_cost, curve.reduction_t, curve.cost)
        investment: dict[int, float] = {}
        for cost in costs.measures:
            for year, amount in cost.investment.items():
                investment[year] = investment.get(year, 0.0) + amount
        return cls(
            method=costs.method, account=account, year=costs.year, discount_rate=costs.rate,
            measures=[
                CostedMeasure(
                    id=id_, name_zh=names[id_][0], name_en=names[id_][1], marginal_cost=float(marginal),
                    reduction=float(tonnes) / T_PER_MT, cost=float(cost), grade=rows[id_].grade,
                    sources=list(rows[id_].sources),
                )
                for id_, marginal, tonnes, cost in zip(*columns, strict=True)
            ],
            left_out=len(curve.left_out), left_out_reduction=curve.left_out_t / T_PER_MT, investment=investment,
        )  # fmt: skip
