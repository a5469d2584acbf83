"""An industrial park (源网荷储一体化) from one file: its carriers, units, tariff and demand charge as a system.

The file is YAML: name, synthetic (has to be said), start, hours, profiles (a CSV beside it), tariff, and `system`
with component tables in the vocabulary of attributes.csv. `profile:NAME` or `profile:NAME*FACTOR` in a cell takes an
hourly column. Heat stands on buses by temperature level: `temperature_c` of a bus, and links with carrier `cascade`
may only lead downwards.

The tariff becomes generators on the import bus: one per tier, with the hourly price; the demand charge is the
fixed cost of the capacity that feeds the bus, so that the highest import of the horizon pays it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from dafeng.dispatch.checks import base_attribute, calendar_hint, check, complete_tables
from dafeng.dispatch.folder import notes_of
from dafeng.dispatch.operate import solve
from dafeng.dispatch.rolling import RollingResult, control, fix_capacities
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.system import System
from dafeng.dispatch.tariff import bundled_periods, hourly_prices, periods_to_ratios
from dafeng.dispatch.vocabulary import COMPONENTS
from dafeng.evidence import DafengError, Problems

REQUIRED = ("name", "synthetic", "start", "hours", "tariff", "system")
HOURS_PER_MONTH = 730.0
GRID, METER = "grid supply", "meter"


@dataclass(frozen=True)
class Park:
    """A park's system, and the settings of its control."""

    system: System
    window: int
    step: int
    forecast_error: float
    capacity_margin: float


def read_park(path: Path) -> Park:
    """Read and check a park file. Raises: DafengError with all problems."""
    content = _read(path)
    problems = Problems()
    snapshots = pd.date_range(str(content["start"]), periods=int(content["hours"]), freq="h")
    profiles = _profiles(path, content, len(snapshots), problems)
    tables, series = tables_of(content["system"], profiles, path.name, problems)
    problems.raise_if_any()
    _add_tariff(content["tariff"], snapshots, tables, series, path.name)
    _check_cascade(tables, path.name, problems)
    buses = tables["buses"]
    tables["buses"] = buses.drop(columns=[c for c in ("temperature_c",) if c in buses.columns])
    places = {c: f"{path.name}:{c}" for c in COMPONENTS}
    complete = complete_tables(tables, problems, places)
    problems.raise_if_any()
    system = System(
        name=str(content["name"]),
        snapshots=snapshots,
        weightings=pd.DataFrame(
            1.0, index=np.arange(len(snapshots)), columns=["objective", "stores", "generators"]
        ),
        tables=complete,
        series={key: pd.DataFrame(columns) for key, columns in series.items()},
        synthetic=bool(content["synthetic"]),
        notes=notes_of(content),
        path=path,
    )
    check(system, places)
    settings = content.get("control", {})
    return Park(
        system,
        int(settings.get("window", 48)),
        int(settings.get("step", 24)),
        float(settings.get("forecast_error", 0.0)),
        float(settings.get("capacity_margin", 0.0)),
    )


def run_park(
    park: Park, *, rolling: bool = False, threads: int | None = None
) -> tuple[Solution, RollingResult | None]:
    """Size and run the park with perfect foresight; with `rolling`, also control it with forecasts.

    Raises: DafengError, in words, for a park without enough heat, power or anything else.
    """
    sized = solve(park.system, threads=threads)
    if not rolling:
        return sized, None
    fixed = fix_capacities(
        park.system, sized, dict.fromkeys(park.system.names("links"), park.capacity_margin)
    )
    result = control(fixed, window=park.window, step=park.step, error=park.forecast_error, threads=threads)
    return sized, result


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DafengError.at(str(path), error.strerror or str(error), "a park file (YAML)") from error
    except yaml.YAMLError as error:
        raise DafengError.at(str(path), str(error), "YAML") from error
    problems = Problems()
    if not isinstance(content, dict):
        raise DafengError.at(str(path), type(content).__name__, ", ".join(REQUIRED))
    for key in REQUIRED:
        if key not in content:
            problems.add(f"{path.name}:{key}", "nothing", f"{key} of the park")
    problems.raise_if_any()
    for component in content["system"]:
        if component not in COMPONENTS:
            problems.add(f"{path.name}:system:{component}", component, f"one of {', '.join(COMPONENTS)}")
    if not isinstance(content["hours"], int) or content["hours"] < 1:
        problems.add(f"{path.name}:hours", repr(content["hours"]), "a whole number of hours")
    problems.raise_if_any()
    return content


def _profiles(path: Path, content: dict[str, Any], hours: int, problems: Problems) -> pd.DataFrame:
    file = content.get("profiles")
    if not file:
        return pd.DataFrame(index=range(hours))
    try:
        frame = pd.read_csv(path.parent / str(file))
    except (OSError, pd.errors.ParserError) as error:
        raise DafengError.at(str(file), str(error), "a CSV of hourly profiles") from error
    if len(frame) != hours:
        problems.add(str(file), f"{len(frame)} values", f"{hours} values", calendar_hint(len(frame), hours))
    return frame


def tables_of(
    system: dict[str, list[dict[str, Any]]], profiles: pd.DataFrame, place: str, problems: Problems
) -> tuple[dict[str, pd.DataFrame], dict[tuple[str, str], dict[str, np.ndarray]]]:
    """Component tables and series of a file's `system`; cells `profile:NAME*FACTOR` become series."""
    tables: dict[str, pd.DataFrame] = {c: pd.DataFrame() for c in COMPONENTS}
    series: dict[tuple[str, str], dict[str, np.ndarray]] = {}
    for component, rows in system.items():
        plain = []
        for row in rows:
            kept = {}
            for attribute, cell in row.items():
                where = f"{place}:{component}:{row.get('name')}:{attribute}"
                known = (
                    attribute in {"name", "temperature_c"} or base_attribute(component, attribute) is not None
                )
                if not known:
                    problems.add(where, attribute, f"an attribute of {component}", "see docs/dispatch.md")
                elif isinstance(cell, str) and cell.startswith("profile:"):
                    values = _profile(cell, profiles, where, problems)
                    series.setdefault((component, attribute), {})[str(row["name"])] = values
                else:
                    kept[attribute] = cell
            plain.append(kept)
        tables[component] = pd.DataFrame(plain).set_index("name") if plain else pd.DataFrame()
    return tables, series


def _profile(cell: str, profiles: pd.DataFrame, where: str, problems: Problems) -> np.ndarray:
    name, _, factor = cell.removeprefix("profile:").partition("*")
    if name not in profiles.columns:
        problems.add(where, name, f"a column of the profiles ({', '.join(map(str, profiles.columns))})")
        return np.zeros(len(profiles))
    try:
        scale = float(factor) if factor else 1.0
    except ValueError:
        problems.add(where, factor, "a number after *")
        scale = 1.0
    return np.asarray(profiles[name].to_numpy(float) * scale)


def _add_tariff(
    tariff: dict[str, Any],
    snapshots: pd.DatetimeIndex,
    tables: dict[str, pd.DataFrame],
    series: dict[tuple[str, str], dict[str, np.ndarray]],
    place: str,
) -> None:
    problems = Problems()
    for key in ("bus", "floating", "fixed", "demand_charge_per_mw_month", "co2_t_per_mwh"):
        if key not in tariff:
            problems.add(f"{place}:tariff:{key}", "nothing", f"{key} (there is no default)")
    if ("case" in tariff) == ("periods" in tariff):
        problems.add(
            f"{place}:tariff", "case and periods" if "case" in tariff else "neither", "either case or periods"
        )
    tiers = tariff.get("tiers", [{"adder": 0.0}])
    adders = [float(tier["adder"]) for tier in tiers]
    if adders != sorted(adders):
        problems.add(
            f"{place}:tariff:tiers",
            str(adders),
            "adders that rise",
            "falling block prices are no linear problem",
        )
    problems.raise_if_any()
    ratios = (
        bundled_periods(str(tariff["case"]))
        if "case" in tariff
        else periods_to_ratios(tariff["periods"], f"{place}:tariff:periods")
    )
    prices = hourly_prices(ratios, snapshots, float(tariff["floating"]), float(tariff["fixed"]))
    months = len(snapshots) / HOURS_PER_MONTH
    rows, last = {}, 0.0
    for number, tier in enumerate(tiers, start=1):
        name = GRID if len(tiers) == 1 else f"{GRID} {number}"
        row: dict[str, Any] = {"bus": GRID, "carrier": GRID, "p_nom": np.inf, "marginal_cost": 0.0}
        if "up_to_mwh_month" in tier:
            row["e_sum_max"] = (float(tier["up_to_mwh_month"]) - last) * months
            last = float(tier["up_to_mwh_month"])
        rows[name] = row
        series.setdefault(("generators", "marginal_cost"), {})[name] = prices + float(tier["adder"])
    tables["generators"] = pd.concat([tables["generators"], pd.DataFrame.from_dict(rows, orient="index")])
    grid = pd.DataFrame({"co2_emissions": [float(tariff["co2_t_per_mwh"])]}, index=[GRID])
    tables["carriers"] = pd.concat([tables["carriers"], grid])
    meter = {
        "bus0": GRID,
        "bus1": str(tariff["bus"]),
        "efficiency": 1.0,
        "p_nom": 0.0,
        "p_nom_extendable": True,
        "capital_cost": float(tariff["demand_charge_per_mw_month"]) * months,
    }
    tables["links"] = pd.concat([tables["links"], pd.DataFrame.from_dict({METER: meter}, orient="index")])
    tables["buses"] = pd.concat([tables["buses"], pd.DataFrame(index=[GRID])])


def _check_cascade(tables: dict[str, pd.DataFrame], place: str, problems: Problems) -> None:
    links = tables["links"]
    if "carrier" not in links.columns:
        return
    levels = tables["buses"].get("temperature_c", pd.Series(dtype=float))
    for name, link in links[links["carrier"] == "cascade"].iterrows():
        high, low = levels.get(link["bus0"], np.nan), levels.get(link["bus1"], np.nan)
        if not high >= low:
            problems.add(
                f"{place}:links:{name}",
                f"{high:g} °C to {low:g} °C",
                "heat that flows to a lower temperature",
                "turn the link, or use a heat pump",
            )


def park_summary(sized: Solution, rolled: RollingResult | None) -> dict[str, Any]:
    """The solution's summary with the tariff's and the control's figures."""
    told = sized.summary()
    told["peak_import_mw"] = float(sized.flows["links-p"][METER].max())
    bought = sized.generation()
    told["grid_energy_mwh"] = float(bought[[n for n in bought.index if str(n).startswith(GRID)]].sum())
    if rolled is not None:
        told["control"] = {
            "realised_cost": rolled.realised_cost,
            "perfect_foresight_cost": rolled.perfect_cost,
            "perfect_foresight_would_save": rolled.foresight_saving,
            "steps": rolled.steps,
            "storage_targets_missed": rolled.targets_missed,
        }
    return told
