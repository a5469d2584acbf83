"""The annual model against the bare-NumPy floor of the same arithmetic, on Jiujiang."""

import tracemalloc
from collections.abc import Iterator

import numpy as np

from bench import Figure, best_of
from dafeng import case, inventory
from dafeng.pathway import compile_model, draw, evaluate, lmdi, peak
from dafeng.pathway.attribution import shares
from dafeng.pathway.evaluation import CHUNK_VALUES
from dafeng.pathway.model import Model

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

    yield from decompositions()


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
