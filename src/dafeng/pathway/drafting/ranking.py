"""Ranking of drafted units by what is known: the places that the ranges leave open, not one number."""

import pandas as pd


def ranked(rows: pd.DataFrame, account: str = "B", year: int = 2020) -> pd.DataFrame:
    """Rank the drafted units by an account of the base year, each with the places that its range leaves open.

    A unit is surely behind those whose lower end lies above its upper end, and surely before those whose upper end lies
    below its lower end.

    Parameters
    ----------
    rows
        Rows of `draft_many`.
    account
        Account, with columns `{account}_no_plan_{year}` and its ends.
    year
        Base year.

    Returns
    -------
    The drafted rows, largest first, with `rank`, `rank_first`, `rank_last` and `width` (upper over lower end).
    """
    name = f"{account}_no_plan_{year}"
    if name not in rows:
        return rows[rows["status"] == "done"].assign(rank=0, rank_first=0, rank_last=0, width=float("nan"))
    done = rows[rows[name].notna()].sort_values([name, "code"], ascending=[False, True])
    lows, highs = (done[f"{name}_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    return done.assign(
        rank=range(1, len(done) + 1),
        rank_first=[1 + int((lows > high).sum()) for high in highs],
        rank_last=[len(done) - int((highs < low).sum()) for low in lows],
        width=[high / low if low > 0 else float("nan") for low, high in zip(lows, highs, strict=True)],
    )
