"""The annual model against the bare-NumPy floor of the same arithmetic, on Jiujiang."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd

from bench import Figure, best_of
from dafeng import case, inventory
from dafeng.pathway import compile_model, draw, evaluate, lmdi, peak
from dafeng.pathway.analysis.attribution import shares
from dafeng.pathway.compile.compile import compile_tables
from dafeng.pathway.engine.base import Base
from dafeng.pathway.engine.evaluate import CHUNK_VALUES
from dafeng.pathway.engine.model import Model

SAMPLES = 8192
PERMUTATIONS = 2000
# passes over [sample, year] that a segment and the power balance take in the kernel, beside parameters
SEGMENT_PASSES, POWER_PASSES = 12, 45


def floor(model: Model, draws: np.ndarray, years: int) -> None:
    """Two passes for each uncertain parameter, two exponentials and 12 passes for each segment, 45 for power, in place."""
    step = CHUNK_VALUES // years
    moving = [p for p in model.parameters.values() if p.column >= 0]
    segments = len(model.base.segments) - 1
    for begin in range(0, len(draws), step):
        z = draws[begin : begin + step]
        value, scale = np.empty((len(z), years)), np.empty((len(z), years))
        total = np.zeros((len(z), years))
        for parameter in moving:
            np.multiply(z[:, parameter.column, None], parameter.up[:years], out=value)
            np.add(value, parameter.central[:years], out=value)
        value *= 1e-12
        for _ in range(segments):
            np.exp(value, out=scale)
            np.exp(scale, out=scale)
            for _ in range(SEGMENT_PASSES):
                np.multiply(scale, 0.5, out=scale)
            total += scale
        for _ in range(POWER_PASSES):
            np.multiply(total, 0.5, out=total)


def figures() -> Iterator[Figure]:
    """Bars of the annual model; each floor runs beside its figure."""
    city = case.load("jiujiang")
    model = compile_model(city, inventory.build(city))
    draws = draw(model, SAMPLES, 1)
    plan = model.delivery(1.0)

    def ensemble() -> object:
        return peak(model.years, evaluate(model, plan, draws, quantities="headline").accounts["A"])

    base = best_of(3, lambda: floor(model, draws, model.years.size))
    yield Figure(
        "8,192 samples × 41 years to the peak year", best_of(3, ensemble), base, "≤ 4 × floor, < 1 s"
    )
    yield Figure(
        "the same with all quantities", best_of(3, lambda: evaluate(model, plan, draws)), base, "≤ 4 × floor"
    )
    yield Figure(
        "one what-if, all quantities", best_of(10, lambda: evaluate(model, plan, draws[:1])), bar="< 20 ms"
    )

    rows = PERMUTATIONS * (len(model.measures) + 1)
    coalitions = (np.random.default_rng(0).uniform(size=(rows, len(model.measures))) < 0.5).astype(float)
    picked = draws[np.arange(rows) % 1000]
    alone = best_of(2, lambda: evaluate(model, coalitions, picked, [2030], "headline"))
    shapley = best_of(2, lambda: shares(model, draws[:1000], [2030], permutations=PERMUTATIONS))
    yield Figure(
        f"Shapley, {len(model.measures)} measures, {PERMUTATIONS} orders",
        shapley,
        alone,
        "≤ 1.5 × evaluate of the same rows, < 3 s",
        f"{rows} rows",
    )

    half = best_of(2, lambda: evaluate(model, plan, draws[: SAMPLES // 4], quantities="headline"))
    full = best_of(2, lambda: evaluate(model, plan, draws, quantities="headline"))
    yield Figure("linear in samples: N against N/4 × 4", full, 4 * half, "about 1")

    many = draw(model, 100_000, 1)
    tracemalloc.start()
    evaluate(model, plan, many, quantities="headline")
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    yield Figure(
        "100,000 samples × 41 years, both accounts",
        best_of(1, lambda: evaluate(model, plan, many, quantities="headline")),
        bar="≤ 2 GiB",
        note=f"{memory:.0f} MiB at most, draws {many.nbytes / 2**20:.0f} MiB",
    )

    yield from many_drivers(city, model)
    yield from branches(city, model)
    yield from decompositions()


KINDS = {
    "growth": ("1/a", 0.001), "fuel_intensity": ("1/a", 0.001), "electricity_intensity": ("1/a", 0.001), "saving": ("1", 0.01),
    "electricity_saving": ("1", 0.01), "electrify": ("1", 0.01), "gas_for_coal": ("1", 0.01), "low_carbon_fuel": ("1", 0.01),
    "process": ("1", 1.0), "useful_ratio": ("1", 2.0), "elasticity": ("1", 0.5),
}  # fmt: skip
DRIVERS, MEASURES = 482, 400


def _compiled(model: Model, base: Base, drivers: pd.DataFrame, measures: pd.DataFrame) -> Model:
    tables = {"drivers": drivers, "measures": measures}
    return compile_tables(SimpleNamespace(table=tables.__getitem__), base, model.as_of)


def many_drivers(city: case.Case, model: Model) -> Iterator[Figure]:
    """Jiujiang with every parameter of every segment set, filled up with series of the case's own, and 400 measures."""
    drivers, measures = city.table("drivers"), city.table("measures")
    named = [f"{kind}.{segment}" for kind in KINDS for segment in model.base.segments if segment != "power"]
    free = [p for p in named if p not in set(drivers["parameter"])]
    free += [f"series.x{k}" for k in range(DRIVERS)]
    dimension = int(drivers["dimension"].max())
    rows = [
        {**drivers.iloc[0].to_dict(), "id": p, "parameter": p, "year": 2020, "value": v, "low": v / 2, "high": 1.5 * v,
         "distribution": "normal", "unit": u, "dimension": dimension + 1 + k}
        for k, p in enumerate(free[: DRIVERS - drivers["id"].nunique()])
        for u, v in [KINDS.get(p.partition(".")[0], ("1", 1.0))]
    ]  # fmt: skip
    acting = [p for p in named if p.partition(".")[0] not in ("process", "useful_ratio", "elasticity")]
    more = [
        {**measures[measures["effect"] == "quantified"].iloc[0].to_dict(), "id": f"more_{k}", "parameter": p, "year": 2030,
         "value": 0.3 * KINDS[p.partition(".")[0]][1], "unit": KINDS[p.partition(".")[0]][0], "operation": "add"}
        for k in range(MEASURES - len(model.measures))
        for p in [acting[k % len(acting)]]
    ]  # fmt: skip
    large = _compiled(
        model, model.base, pd.concat([drivers, pd.DataFrame(rows)]), pd.concat([measures, pd.DataFrame(more)])
    )
    draws, plan = draw(large, 1, 1), large.delivery(1.0)
    name = f"{len(set(drivers['id']) | {r['id'] for r in rows})} drivers, {len(large.measures)} measures"
    yield Figure(
        f"{name}: full run, all quantities", best_of(10, lambda: evaluate(large, plan, draws)), bar="< 20 ms"
    )
    singles = 1.0 - np.eye(len(large.measures))
    yield Figure("all 400 single impacts", best_of(3, lambda: evaluate(large, singles, draws)), bar="< 1 s")


def branches(city: case.Case, model: Model) -> Iterator[Figure]:
    """Cost over branches and years: half the segments, half the years."""
    base = model.base
    half = ["power", *[s for s in base.segments if s != "power"][::2]]
    index = [base.segments.index(s) for s in half]
    names = (
        "energy_tj", "co2_t", "process_t", "electricity_mwh", "low", "high", "observed_co2_t", "observed_process_t",
    )  # fmt: skip
    small = replace(base, segments=tuple(half), **{name: getattr(base, name)[index] for name in names})
    drivers = city.table("drivers")
    scope = drivers["parameter"].str.partition(".")[2]
    kept = drivers[scope.isin([*half, "", "industry", "two_high", "electricity"])]
    less = _compiled(model, small, kept, city.table("measures"))
    draws, fewer = draw(model, SAMPLES, 1), draw(less, SAMPLES, 1)
    whole = best_of(2, lambda: evaluate(model, model.delivery(1.0), draws, quantities="headline"))
    part = best_of(2, lambda: evaluate(less, less.delivery(1.0), fewer, quantities="headline"))
    yield Figure(
        f"linear in branches: {len(base.segments)} against {len(half)}", whole, part,
        f"about {len(base.segments) / len(half):.1f} less what power takes in both",
    )  # fmt: skip
    early = best_of(
        2, lambda: evaluate(model, model.delivery(1.0), draws, model.years[:21], quantities="headline")
    )
    yield Figure("linear in years: 41 against 21", whole, early, "about 2")


def decompositions() -> Iterator[Figure]:
    """LMDI at full size, written to an array that exists (touching 768 MB for the first time is the system's cost)."""
    start = np.random.default_rng(1).uniform(0.5, 2, (10_000, 40, 5, 48))
    end = np.ascontiguousarray(start[::-1])
    out = np.zeros_like(start)

    def logarithms() -> None:
        np.divide(end, start, out=out)
        np.log(out, out=out)

    floor = best_of(2, logarithms)
    yield Figure(
        "LMDI, 5 factors × 48 cells × 40 steps × 10,000 samples", best_of(2, lambda: lmdi(start, end, out=out)), floor,
        "< 0.4 s; floor: one division and one logarithm for each value",
    )  # fmt: skip
    residual = out[:100].sum(axis=(-2, -1)) - (end[:100].prod(axis=-2) - start[:100].prod(axis=-2)).sum(
        axis=-1
    )
    yield Figure(
        "its residual over the total, 100 samples",
        float(np.abs(residual).max() / 48),
        bar="< 1e-12 (a number, not seconds)",
    )
