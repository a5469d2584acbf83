"""Caveats of a solved system: load that is shed, links that create energy or money."""

import re

import numpy as np
import pandas as pd

from dafeng.dispatch.formulation.balance import demand
from dafeng.dispatch.system import System
from dafeng.evidence import Text

SHEDDING = re.compile(r"shed|lost.?load|unserved|voll|失负荷|切负荷", re.IGNORECASE)
LEAST_SHARE = 1e-6


def remarks(system: System, generation: pd.Series) -> list[Text]:
    """Return remarks on a solution, in Chinese and English.

    Parameters
    ----------
    system : System
        A system that was solved.
    generation : Series [generator]
        Energy of its generators, MWh.

    Returns
    -------
    list of Text
        Load that generators for shedding serve, named with its share; links that may run backwards with losses
        or at a cost above 0.
    """
    return [*_shed(system, generation), *_reversed(system)]


def _shed(system: System, generation: pd.Series) -> list[Text]:
    table = system.table("generators")
    named = [bool(SHEDDING.search(f"{name} {row['carrier']}")) for name, row in table.iterrows()]
    generation = generation.reindex(table.index[named]).clip(lower=0.0)
    weight = system.weightings["generators"].to_numpy(float)
    total = float((demand(system).sum(axis=1).to_numpy() * weight).sum())
    shed = float(generation.sum())
    if not total > 0 or shed <= LEAST_SHARE * total:
        return []
    names = ", ".join(str(name) for name in generation.index[generation > LEAST_SHARE * total])
    share = f"{shed / total:.1%}"
    return [
        Text(
            f"{share} 的用电量未被供应({names}):“最优”只是最便宜的缺电方式",
            f"{share} of demand is not served ({names}): the optimum is the cheapest way to shed load",
        )
    ]


def _reversed(system: System) -> list[Text]:
    """Links whose flow may be negative: their output then is input, and losses and costs turn into gains."""
    names = system.names("links")
    if names.empty:
        return []
    low = system.dense("links", "p_min_pu", names).min(axis=0)
    losses = np.abs(system.dense("links", "efficiency", names) - 1.0).max(axis=0) > 0
    costs = system.dense("links", "marginal_cost", names).max(axis=0) > 0
    return [
        Text(
            f"连接 {name} 可反向,且有{'损耗' if lossy else '成本'}:反向时凭空产生{'能量' if lossy else '收入'};请改为两条单向连接",
            f"link {name} may run backwards with {'losses' if lossy else 'a cost'}: in reverse it makes"
            f" {'energy' if lossy else 'money'} from nothing; give two links, one for each direction",
        )
        for name, lossy in zip(
            names[(low < 0) & (losses | costs)], losses[(low < 0) & (losses | costs)], strict=True
        )
    ]
