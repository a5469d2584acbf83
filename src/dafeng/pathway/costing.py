"""The abatement cost curve of a case's measures: from sourced costs only, with the tonnes that it leaves out."""

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError
from dafeng.pathway.abatement import Abatement, CostCurve, CurveMethod, abatement_cost_curve
from dafeng.pathway.evaluation import ACCOUNTS, HEADLINE_ONLY, evaluate
from dafeng.pathway.model import Model

Array = NDArray[np.float64]


def cost_curve(
    case: Case,
    model: Model,
    method: CurveMethod | str = CurveMethod.INTEGRATED,
    year: int = 2030,
    account: str = "A",
) -> CostCurve:
    """Measures by cost per tonne of `account` in `year`, central case, beside no plan at all.

    `cost` of measures.csv is CNY a year net of savings; a measure whose cost is NE or empty stays out of the
    curve and is told with the tonnes that it saves alone. Interactions are the model's own.

    Raises: DafengError for an unknown method or account, or a year that is not modelled.
    """
    if account not in ACCOUNTS:
        raise DafengError.at("cost_curve", account, f"an account of {', '.join(ACCOUNTS)}")
    table = case.table("measures").drop_duplicates("id").set_index("id")
    centre = np.zeros((1, len(model.drivers)))

    def emissions(coalitions: Array) -> Array:
        found = evaluate(model, coalitions, centre, [year], HEADLINE_ONLY)
        return np.asarray(found.accounts[account][:, 0])

    m = len(model.measures)
    worth = emissions(np.concatenate([np.zeros((1, m)), np.eye(m)]))
    measures = []
    for k, measure in enumerate(model.measures):
        cost = float(table.loc[measure.id, "cost"])  # type: ignore[arg-type]  # a number column
        measures.append(
            Abatement(measure.id, float(worth[0] - worth[1 + k]), None if np.isnan(cost) else cost)
        )
    return abatement_cost_curve(measures, method, emissions)
