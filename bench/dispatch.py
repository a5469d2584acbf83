"""Hourly systems: Jiujiang 2030 operated and expanded, model building, blocks, hours, the sweep against fresh solves."""

from collections.abc import Iterator

from bench import Figure, best_of
from dafeng.case import load
from dafeng.dispatch import Prepared, city_grid, coarsen, solve, solve_prepared, sweep_limit, with_limits

POINTS = 10


def figures() -> Iterator[Figure]:
    """Operate and expand 2030 over the year; cost against hours; a ten-point carbon cap over four weeks."""
    case = load("jiujiang")
    grid = city_grid(case, 2030).system
    exact = solve(grid, threads=2)
    whole = exact.seconds_build + exact.seconds_solve
    yield Figure("operate 8,760 h", whole, None, "< 20 s", f"{exact.total_cost / 1e8:.2f} 亿 CNY")
    yield Figure("model building in it", exact.seconds_build, whole, "≤ 15 % of the whole")
    for block in (3, 8):
        rough = solve(coarsen(grid, block), threads=2)
        seconds = rough.seconds_build + rough.seconds_solve
        error = rough.total_cost / exact.total_cost - 1
        yield Figure(
            f"preview in {block}-hour blocks", seconds, whole, "< 3 s at 3 h", f"cost error {error:+.2%}"
        )
    for hours in (168, 1095):
        part = solve(city_grid(case, 2030, hours=hours).system, threads=2)
        yield Figure(f"operate {hours:,} h", part.seconds_build + part.seconds_solve, whole)
    built = solve(city_grid(case, 2030, expand=True).system, threads=2)
    yield Figure("expand 8,760 h", built.seconds_build + built.seconds_solve, None, "< 90 s")
    month = city_grid(case, 2030, expand=True, hours=672, start=4368, cap_t=1e12).system
    free = float(solve(month, threads=1).emissions().sum())
    caps = [free * (1.0 - 0.05 * i) for i in range(POINTS)]

    def swept() -> None:
        sweep_limit(Prepared(month, threads=1), "co2", caps)

    def afresh() -> None:
        for cap in caps:
            solve_prepared(Prepared(with_limits(month, [f"co2={cap}"]), threads=1))

    yield Figure(
        "ten caps, solver kept (672 h)",
        best_of(1, swept),
        best_of(1, afresh),
        "",
        "floor: ten of our own fresh solves",
    )
