"""Variance shares of the inputs, and the data that would reduce the variance most."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from dafeng.case import Case
from dafeng.pathway.data_holders import requested_rows
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model, draw, scoped_name
from dafeng.pathway.methods.sensitivity import additive_indices
from dafeng.pathway.results.inputs import DataRequest, Influence

Array = NDArray[np.float64]

INFLUENCE_YEAR = 2030
INFLUENCE_SAMPLES = 4096
DATA_REQUESTS = 3


def influences(
    model: Model, seed: int, account: str, as_of: int, delivery: Array
) -> tuple[list[Influence], list[Influence]]:
    """Compute shares of the variance of the level with the whole plan, and of its change since `as_of` at
    `delivery`.

    On as many draws as the fit of all drivers needs. What drives the level alone moves no peak.
    """
    draws = draw(model, max(INFLUENCE_SAMPLES, 8 * len(model.drivers)), seed)
    level = evaluate(model, model.delivery(1.0), draws, [INFLUENCE_YEAR], HEADLINE_ONLY).accounts[account]
    both = evaluate(model, delivery, draws, [as_of, INFLUENCE_YEAR], HEADLINE_ONLY).accounts[account]
    return _shares(model, draws, level[:, 0]), _shares(model, draws, both[:, 1] - both[:, 0])


def _shares(model: Model, draws: Array, values: Array) -> list[Influence]:
    share = additive_indices(draws, values)
    rows = [
        Influence(
            parameter=d.parameter, name_zh=scoped_name(d.name_zh, d.parameter), name_en=scoped_name(d.name_en, d.parameter),
            share=float(share[k]), grade=d.grade, source=d.source, year=INFLUENCE_YEAR,
        )
        for k, d in enumerate(model.drivers)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row.share)


def data_requests(timing: Sequence[Influence], level: Sequence[Influence], case: Case) -> list[DataRequest]:
    """Return the three data whose parameters carry most of the variance of timing and level, the two counting
    alike.
    """

    def carried(influences: Sequence[Influence], patterns: Sequence[str]) -> float:
        return sum(
            i.share for i in influences if any(fnmatchcase(i.parameter, pattern) for pattern in patterns)
        )

    requests = []
    for row in requested_rows(case):
        patterns = row["parameters"].split(";")
        mine = dict.fromkeys(
            i.parameter
            for i in (*timing, *level)
            if any(fnmatchcase(i.parameter, pattern) for pattern in patterns)
        )
        requests.append(
            DataRequest(
                title_zh=row["title_zh"], title_en=row["title_en"], holder_zh=row["holder_zh"], holder_en=row["holder_en"],
                parameters=list(mine), share=carried(timing, patterns), level_share=carried(level, patterns),
            )
        )  # fmt: skip
    return sorted(requests, key=lambda request: -(request.share + request.level_share))[:DATA_REQUESTS]
