"""Comparison of buildings with quotas (约束值, 引导值) and of products with benchmark and baseline levels (标杆, 基准).

Quota rows of the package were written down from memory and carry `confirmed` no: such a verdict reads "not
confirmed" and is never published. A place writes the rows that somebody has compared with the printed
standard into `metering/quotas.csv`; they go before those of the package.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from dafeng.evidence import DafengError, Problems
from dafeng.metering.dated_points import versions_of
from dafeng.metering.judge.coverage import MIN_COVERAGE, covered_share
from dafeng.metering.judge.question import By, Period, Question, Sums
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.tables import packaged, read_rows
from dafeng.rules import Verdict, digest, valid_rows
from dafeng.tables import Row
from dafeng.units import factor


def _metered(store: Sums, year: int) -> list[Row]:
    """The versions of metered points that are in force within a year, each with the object it meters then."""
    numbers = {
        (row["id"], row["since"]): str(row["number"])
        for row in store.rows("SELECT number, id, since FROM point WHERE kind <> 'retired'")
    }
    first, last = date(year, 1, 1), date(year + 1, 1, 1)
    return [
        {"number": numbers[version.id, version.since], "object": version.row["object"], "medium": version.row["medium"]}
        for version in versions_of(store.registry().tables)
        if version.row["use"] in {"input", "output"} and version.row["kind"] != "virtual"
        and (version.until is None or version.until > first) and version.row["valid_from"] < last
    ]  # fmt: skip


def _year_of_points(store: Sums, year: int, *, versions: bool = False) -> dict[str, dict[str, Any]]:
    question = Question(By.POINT, Period.YEAR, date(year, 1, 1), date(year + 1, 1, 1), versions=versions)
    return {row["group"]: row for row in rollup(store, question)}


def _part(rows: list[dict[str, Any]]) -> dict[str, Any]:
    readings = sum(row["readings"] for row in rows)
    return {
        "coverage": covered_share(rows, "read_minutes") or 0.0,
        "synthetic": sum(row["synthetic"] for row in rows),
        "origin": "synthetic"
        if any(row["synthetic"] for row in rows)
        else "measured"
        if readings
        else "none",
    }


def judge_buildings(store: Sums, year: int) -> list[dict[str, Any]]:
    """Compare the electricity of each building per floor area in `year` with its quota row, highest use
    first.

    `level`: within_guide, within_constraint, above_constraint, or grey with a reason (coverage below 90 %, no
    quota row, or a row without values). `rank` counts buildings of one type by kWh/m². Only metered
    electricity enters; other carriers of the building are named in `left_out`.
    """
    registry, sums = store.registry(), _year_of_points(store, year, versions=True)
    quotas = [*registry.tables["quotas"], *_packaged_quotas()]
    points = _metered(store, year)
    answers = []
    for building in registry.tables["objects"]:
        if building["kind"] != "building":
            continue
        own = [row for row in points if row["object"] == building["id"]]
        electric = [
            sums[row["number"]] for row in own if row["medium"] == "electricity" and row["number"] in sums
        ]
        part = _part(electric)
        kwh = sum(row["quantity"] or 0.0 for row in electric)
        per_area = kwh / building["floor_area"] if building["floor_area"] and electric else None
        quota = _quota_row(quotas, building, year)
        answers.append({
            "building": building["id"], "name_zh": building["name_zh"], "unit": building["owner"],
            "building_type": building["building_type"], "kwh_per_m2": per_area, **part,
            **_against(per_area, part["coverage"], quota), "quota_row": quota,
            "left_out": ";".join([*sorted({row["medium"] for row in own} - {"electricity"}), *_not_corrected(building)]),
        })  # fmt: skip
    return _ranked(answers)


def _packaged_quotas() -> list[Row]:
    problems = Problems()
    rows = read_rows("quotas", packaged("building_quota"), "building_quota.csv", problems)
    problems.raise_if_any()
    return rows


def _not_corrected(building: Mapping[str, Any]) -> list[str]:
    """The registry's statements on the use of the building; the standard's correction for it was not at
    hand.
    """
    return [f"{name} (not corrected for)" for name in ("use_hours", "area_per_person") if building[name]]


def _quota_row(quotas: list[Row], building: Mapping[str, Any], year: int) -> Row | None:
    """The first row for the building that is valid at the end of the year."""
    wanted = (building["climate_zone"], building["building_class"], building["building_type"])
    day = date(year, 12, 31)
    for row in valid_rows(quotas, day):
        if (row["climate_zone"], row["class"], row["building_type"]) == wanted:
            return row
    return None


def _against(per_area: float | None, coverage: float, quota: Row | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "constraint": None,
        "guide": None,
        "quota": None,
        "standard": None,
        "confirmed": False,
    }
    if quota is None:
        return answer | {"level": "grey", "reason": "no quota row for this zone, class and type"}
    answer |= {"quota": quota["id"], "standard": quota["standard"], "confirmed": bool(quota["confirmed"])}
    constraint = quota["constraint_value"]
    if constraint is None:
        return answer | {"level": "grey", "reason": quota["note"] or "the quota row has no value"}
    guide = quota["guide_value"] or constraint
    answer |= {"constraint": constraint, "guide": guide}
    if per_area is None or coverage < MIN_COVERAGE:
        return answer | {"level": "grey", "reason": f"coverage {coverage:.0%}, or no floor area"}
    level = (
        "within_guide"
        if per_area <= guide
        else "within_constraint"
        if per_area <= constraint
        else "above_constraint"
    )
    return answer | {
        "level": level,
        "reason": "" if answer["confirmed"] else f"not confirmed: {quota['note'] or quota['standard']}",
    }


def _ranked(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answers.sort(key=lambda row: -(row["kwh_per_m2"] or 0.0))
    place: dict[str, int] = {}
    for row in answers:
        row["rank"] = None
        if row["level"] != "grey":
            place[row["building_type"]] = row["rank"] = place.get(row["building_type"], 0) + 1
    return answers


_INPUTS = (
    "kwh_per_m2",
    "consumption",
    "consumption_unit",
    "coverage",
    "origin",
    "constraint",
    "guide",
    "left_out",
)


def kept_verdict(row: Mapping[str, Any], year: int) -> Verdict:
    """Return a row of `judge_buildings` or `judge_products` in its stored form: rule version, inputs,
    source.
    """
    building = "building" in row
    rule = str(row.get("quota" if building else "benchmark_row") or "none")
    content: list[Row] = [row["quota_row"]] if row.get("quota_row") else []
    content = content or [{key: row.get(key) for key in ("benchmark_row", "benchmark_values", "source")}]
    return Verdict(
        f"building:{row['building']}" if building else f"product:{row['product']}",
        "quota" if building else "benchmark", row["level"], rule, digest(content),
        {"year": year} | {name: row[name] for name in _INPUTS if name in row},
        str(row.get("standard" if building else "source") or ""), bool(row["confirmed"]), reason=row["reason"],
    )  # fmt: skip


def publishable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Select the rows that may go into a public notice (公示): measured, judged, by a confirmed quota row.

    Raises: DafengError naming synthetic readings, or where nothing may be published.
    """
    synthetic = [row["building"] for row in rows if row["synthetic"]]
    if synthetic:
        raise DafengError.at(
            "publish", f"synthetic readings at {', '.join(synthetic[:5])}", "measured readings only"
        )
    ready = [row for row in rows if row["level"] != "grey" and row["confirmed"]]
    if not ready:
        raise DafengError.at(
            "publish", f"{len(rows)} buildings, none judged by a confirmed quota row", "confirmed quota rows",
            "compare the quota table with the printed standard and mark the rows confirmed",
        )  # fmt: skip
    return ready


LEAST_PUBLISHED = 3
"""Fewest buildings of a type in a ranking that everybody reads."""


def notice_of(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Part rows of `publishable` into those of the ranking and, by type, the number of buildings that are withheld because
    their type has fewer than `LEAST_PUBLISHED`.

    Raises: DafengError where no type has as many.
    """
    counts = Counter(row["building_type"] for row in rows)
    few = sorted(kind for kind, count in counts.items() if count < LEAST_PUBLISHED)
    shown = [row for row in rows if row["building_type"] not in few]
    if not shown:
        raise DafengError.at(
            "notice", f"{len(rows)} buildings in {len(counts)} types", f"a type with {LEAST_PUBLISHED} buildings or more",
            "a ranking of fewer would tell single buildings",
        )  # fmt: skip
    return shown, [{"building_type": kind, "buildings": counts[kind]} for kind in few]


def judge_products(store: Sums, year: int) -> list[dict[str, Any]]:
    """Compare the unit consumption of each product in `year` with limit, baseline and benchmark level: those of its row,
    or of the row for the same product and quantity that is valid at the end of the year.

    `level`: at_benchmark, at_baseline, below_baseline, above_limit, or grey with a reason.
    """
    registry, sums = store.registry(), _year_of_points(store, year)
    benchmarks = registry.by_id("benchmarks")
    answers = []
    for product in registry.tables["products"]:
        energy = [sums[point] for point in product["energy_points"] if point in sums]
        output = sums.get(product["output_point"])
        benchmark = _benchmark_row(benchmarks, product["benchmark"], year)
        part = _part([*energy, *([output] if output else [])])
        column = "tce_equivalent" if benchmark and benchmark["quantity"].endswith("_equivalent") else "tce"
        known = [row[column] for row in energy]
        amount = output["quantity"] if output else None
        answer = {"product": product["id"], "name_zh": product["name_zh"], "unit": product["owner"], **part,
                  "consumption": None, "consumption_unit": "tce/t",
                  **_benchmark_of(benchmark)}  # fmt: skip
        if benchmark is None:
            answers.append(answer | {"level": "grey", "reason": "no benchmark row", "confirmed": False})
        elif part["coverage"] < MIN_COVERAGE or not amount or any(value is None for value in known):
            answers.append(
                answer
                | {"level": "grey", "reason": "coverage, output or a factor is missing", "confirmed": False}
            )
        else:
            value = sum(known) / amount * factor("tce/t", benchmark["unit"])
            answers.append(answer | {
                "consumption": value, "consumption_unit": benchmark["unit"], "level": _product_level(value, benchmark),
                "reason": "" if benchmark["confirmed"] else "not confirmed", "confirmed": benchmark["confirmed"],
            })  # fmt: skip
    return answers


def _benchmark_row(rows: Mapping[str, Row], id_: str | None, year: int) -> Row | None:
    """The row `id_`, or the one that goes before or after it for the same product, that is valid at the end of the year."""
    named = rows.get(id_ or "")
    if named is None:
        return None
    alike = [
        row for row in rows.values() if all(row[name] == named[name] for name in ("product", "quantity"))
    ]
    return next(iter(valid_rows(alike, date(year, 12, 31))), None)


def _benchmark_of(benchmark: Mapping[str, Any] | None) -> dict[str, Any]:
    if benchmark is None:
        return {"benchmark_row": None, "benchmark_values": None, "source": None}
    values = {name: benchmark[name] for name in ("benchmark", "baseline", "limit", "unit")}
    return {"benchmark_row": benchmark["id"], "benchmark_values": values, "source": benchmark["source"]}


def _product_level(value: float, benchmark: Mapping[str, Any]) -> str:
    if benchmark["limit"] is not None and value > benchmark["limit"]:
        return "above_limit"
    if benchmark["benchmark"] is not None and value <= benchmark["benchmark"]:
        return "at_benchmark"
    if benchmark["baseline"] is not None and value <= benchmark["baseline"]:
        return "at_baseline"
    return "below_baseline" if benchmark["baseline"] is not None else "grey"
