"""Inventory: one city-year, 300 cities × 20 years, and 10,000 draws over a whole balance, beside their floors."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench import Figure, best_of
from dafeng.case import bundled_path, load
from dafeng.inventory import build, sample_totals, sectoral_co2

CITIES, YEARS, ROWS, FUELS, DRAWS = 300, 20, 47, 18, 10_000


def figures() -> Iterator[Figure]:
    yield _city_year()
    yield _many_cities()
    yield _draws()


def _city_year() -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "jiujiang"
        shutil.copytree(bundled_path("jiujiang"), place)
        for name in ("plan.yaml", "measures.csv", "drivers.csv", "scenarios.yaml", "organisations.csv"):
            (place / name).unlink(missing_ok=True)
        case = load(place)
    return Figure(
        "one city-year, all accounts, with findings", best_of(3, lambda: build(case, [2020])), None, "< 0.2 s"
    )


def _many_cities() -> Figure:
    """Sectoral approach of 300 balances × 20 years in one call; floor: the multiplication alone."""
    rng = np.random.default_rng(1)
    use = rng.random((CITIES, YEARS, ROWS, FUELS))
    inputs, feedstock = rng.random((2, CITIES, YEARS, FUELS))
    chemical = np.arange(ROWS) % 10 == 3
    factor = rng.random((ROWS, FUELS))
    ours = best_of(3, lambda: sectoral_co2(use, inputs, feedstock * 0.1, chemical, 0, factor))
    return Figure(
        "300 cities × 20 years", ours, best_of(3, lambda: use * factor), "< 30 s", f"{use.size:,} cells"
    )


def _draws() -> Figure:
    """10,000 totals of a balance of 846 cells, 47 shares and 18 factors shared; floor: the same with NumPy alone."""
    rng = np.random.default_rng(2)
    values = rng.random(ROWS * FUELS)
    rows, fuels = np.divmod(np.arange(ROWS * FUELS), FUELS)
    width = np.full(values.size, 0.1)

    def floor() -> np.ndarray:
        a = 1 + 0.05 * np.random.default_rng(3).standard_normal((DRAWS, ROWS))
        f = 1 + 0.05 * np.random.default_rng(4).standard_normal((DRAWS, FUELS))
        return np.einsum("sf,sf->s", a @ values.reshape(ROWS, FUELS), f)

    ours = best_of(3, lambda: sample_totals(values, width, width, DRAWS, 5, rows, fuels))
    return Figure("10,000 draws over a whole balance", ours, best_of(3, floor), "< 1 s")
