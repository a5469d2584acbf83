"""Inventory: one city-year, 300 cities × 20 years, and 10,000 draws over a whole balance, beside their floors."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

import numpy as np
import pandas as pd

from bench import Figure, best_of
from dafeng.case import bundled_path, load
from dafeng.inventory import build, build_many, sample_totals, sectoral_co2

CITIES, YEARS, ROWS, FUELS, DRAWS, BUILDS = 300, 20, 47, 18, 10_000, 40


def figures() -> Iterator[Figure]:
    yield _city_year()
    yield _many_builds()
    yield _many_cities()
    yield _draws()


def _folder(folder: str) -> Path:
    """Jiujiang without what the inventory does not use."""
    place = Path(folder) / "jiujiang"
    shutil.copytree(bundled_path("jiujiang"), place)
    for name in ("plan", "measures", "overlaps", "correlations", "drivers", "scenarios", "organisations"):
        for path in place.glob(f"{name}.*"):
            path.unlink()
    return place


def _twenty_years(folder: str) -> Path:
    """Jiujiang and its province with the years before 2015 made up as copies of 2015."""
    place = _folder(folder)
    province = Path(folder) / "province"
    shutil.copytree(bundled_path("regions/360000"), province)
    for path in (province / "energy.csv", place / "proxies.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        first = frame[frame["year"] == "2015"]
        earlier = [first.assign(year=str(year)) for year in range(2023 - YEARS, 2015)]
        pd.concat([*earlier, frame]).to_csv(path, index=False)
    for home in (place, province):
        city = home / "city.yaml"
        text = city.read_text(encoding="utf-8").replace("[2015, 2022]", f"[{2023 - YEARS}, 2022]")
        city.write_text(re.sub("parent: .*", "parent: ../province", text), encoding="utf-8")
    return place


def _many_builds() -> Figure:
    """Cases read, checked and built in full (all gases, findings) by two processes; 20 years each.

    The figure is scaled to 300 cities. Floor: none; the array kernel stands beside it.
    """
    with tempfile.TemporaryDirectory() as folder:
        case = _twenty_years(folder)
        before = getrusage(RUSAGE_CHILDREN)
        with ProcessPoolExecutor(2) as executor:
            for _ in build_many([case] * 2, executor):
                pass
            start = perf_counter()
            years = sum(len(built.years) for _, built in build_many([case] * BUILDS, executor))
            took = perf_counter() - start
        after = getrusage(RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    scaled = took / years * CITIES * YEARS
    return Figure(
        "300 cities × 20 years, read and built in full",
        scaled,
        None,
        "< 30 s",
        f"scaled from {years} city-years in {took:.1f} s; {processor:.1f} s of processor with start and warm-up",
    )


def _city_year() -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        case = load(_folder(folder))
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
        "300 cities × 20 years, sectoral approach alone (array kernel)",
        ours,
        best_of(3, lambda: use * factor),
        "< 30 s",
        f"{use.size:,} cells",
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
