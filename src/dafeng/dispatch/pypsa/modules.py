"""Import of committable units of PyPSA whose given capacity is made of modules: clusters of equal units."""

import numpy as np
import pandas as pd

from dafeng.evidence import Problems, Text


def modules_as_units(table: pd.DataFrame, place: str, problems: Problems) -> pd.DataFrame:
    """Return `table` with modules of committable members of given capacity as units of a cluster.

    PyPSA has one module on, or none, before the first snapshot.

    Parameters
    ----------
    table : DataFrame
        Complete table of generators or links.
    place : str
        File and component, for problems.
    problems : Problems
        Gets capacities that are no multiple of their module.
    """
    size = table["p_nom_mod"].to_numpy(float)
    chosen = table["committable"].to_numpy(bool) & ~table["p_nom_extendable"].to_numpy(bool) & (size > 0)
    if not chosen.any():
        return table
    count = table["p_nom"].to_numpy(float) / np.where(chosen, size, 1.0)
    for name, number in zip(table.index[chosen], count[chosen], strict=True):
        if abs(number - round(number)) > 1e-6 or number < 1:
            problems.add(
                f"{place}:{name}:p_nom", f"{number:g}", Text("p_nom ÷ p_nom_mod 为整数", "a whole number of p_nom / p_nom_mod"),
                Text("改 p_nom 或 p_nom_mod", "change p_nom or p_nom_mod"),
            )  # fmt: skip
    on = (table["down_time_before"].to_numpy(float) == 0) & (table["up_time_before"].to_numpy(float) > 0)
    return table.assign(
        unit_count=np.where(chosen, np.round(count), table["unit_count"]),
        units_on_before=np.where(chosen, on.astype(float), table["units_on_before"]),
        p_nom_mod=np.where(chosen, 0.0, size),
    )
