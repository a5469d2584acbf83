"""Agreement of drafts with EDGAR: level, spread estimated on half of the provinces, growth since the base year.

EDGAR is an estimate too, and uses positions of plants as the drafts do: this is agreement, not accuracy, and no draft is
fitted to it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SPLITS = 1000
"""Random halves of the provinces."""
Z90 = 1.645
SEED = 2020


@dataclass(frozen=True, slots=True)
class SplitHalves:
    """Coverage of the 90 % band on one half of the provinces, its spread in ln estimated on the other: means over random halves.

    `low` and `high` are the 5 and 95 % ends of the coverage over the halves.
    """

    splits: int
    spread: float
    coverage: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GrowthCoverage:
    """Coverage of drafted bands of growth since the base year by that of EDGAR: units, share inside the band of 90 %, median error in ln."""

    year: int
    units: int
    coverage: float
    error: float


def _over_edgar(rows: pd.DataFrame, year: int | None) -> "pd.Series[float]":
    """Return ln of draft over EDGAR: of the base year, else of the level carried on by the median growth of account B."""
    if year is None:
        return rows["ln_over_edgar"].dropna() if "ln_over_edgar" in rows else pd.Series(dtype=float)
    needed = ["co2_base", f"growth_{year}", f"edgar_{year}"]
    known = rows.reindex(columns=needed).dropna()
    known = known[(known["co2_base"] > 0) & (known[f"edgar_{year}"] > 0)]
    ratio = known["co2_base"] * known[f"growth_{year}"] / known[f"edgar_{year}"]
    return pd.Series(np.log(ratio.to_numpy()), known.index)


def agreement(rows: pd.DataFrame, year: int | None = None) -> tuple[int, float, float]:
    """Return how many units have an estimate of EDGAR, the median ratio of the drafts to it, and the sd of its logarithm.

    Parameters
    ----------
    rows
        Rows of `draft_many`.
    year
        A later year, to which the level of the base year is carried on as without a plan; None: the base year.
    """
    known = _over_edgar(rows, year)
    return len(known), float(np.exp(known.median())) if len(known) else float("nan"), float(known.std())


def split_halves(
    rows: pd.DataFrame, splits: int = SPLITS, seed: int = SEED, year: int | None = None
) -> SplitHalves | None:
    """Estimate the spread on half of the provinces and count the units of the other half inside its band of 90 %.

    The spread is the root mean square of ln(draft / EDGAR) about 0, so that a bias of the drafts widens the band and is
    never taken out.

    Parameters
    ----------
    rows
        Rows of `draft_many`: province, ln_over_edgar.
    splits
        Number of random halves.
    seed
        Seed of the halves.
    year
        As in `agreement`.

    Returns
    -------
    Coverage; None for fewer than four provinces with an estimate.
    """
    known = _over_edgar(rows, year)
    if known.empty:
        return None
    names, at = np.unique(rows.loc[known.index, "province"].to_numpy(dtype=str), return_inverse=True)
    if len(names) < 4:
        return None
    errors = known.to_numpy(dtype=float)
    random = np.random.default_rng(seed)
    spreads, covered = np.empty(splits), np.empty(splits)
    for split in range(splits):
        first = np.isin(at, random.permutation(len(names))[: len(names) // 2])
        spreads[split] = np.sqrt(np.mean(errors[first] ** 2))
        covered[split] = np.mean(np.abs(errors[~first]) <= Z90 * spreads[split])
    low, high = np.quantile(covered, (0.05, 0.95))
    return SplitHalves(splits, float(spreads.mean()), float(covered.mean()), float(low), float(high))


def growth_coverage(rows: pd.DataFrame, year: int) -> GrowthCoverage | None:
    """Compare the growth of each draft's account B since the base year, policy as carried on, with that of EDGAR.

    Parameters
    ----------
    rows
        Rows of `draft_many`: edgar, edgar_YEAR, and the band growth_YEAR_low, growth_YEAR, growth_YEAR_high.
    year
        Year after the base year.

    Returns
    -------
    Coverage; None where no unit has both.
    """
    columns = ["edgar", f"edgar_{year}", f"growth_{year}", f"growth_{year}_low", f"growth_{year}_high"]
    if not set(columns) <= set(rows.columns):
        return None
    known = rows.dropna(subset=columns)
    known = known[(known["edgar"] > 0) & (known[f"edgar_{year}"] > 0)]
    if known.empty:
        return None
    grown = known[f"edgar_{year}"] / known["edgar"]
    inside = (grown >= known[f"growth_{year}_low"]) & (grown <= known[f"growth_{year}_high"])
    return GrowthCoverage(
        year, len(known), float(inside.mean()), float(np.log(known[f"growth_{year}"] / grown).median())
    )
