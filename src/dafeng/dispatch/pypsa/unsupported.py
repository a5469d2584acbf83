"""Unsupported features of PyPSA networks: each refused by component and attribute, with a remedy."""

from pathlib import Path
from typing import Any

import pandas as pd

from dafeng.dispatch.formulation.loops import cycles
from dafeng.dispatch.vocabulary import COMPONENTS, line_types, unsupported
from dafeng.evidence import Problems, Text

IGNORED = {"sub_networks", "shapes", "line_types", "transformer_types", "snapshots", "networks"}
MODELLED = {"transformers"}
OTHERS = {
    "shunt_impedances": "the linear problem knows no shunts; remove them",
    "processes": "give each process as a link with several buses",
}
Tables = dict[str, pd.DataFrame]
Series = dict[tuple[str, str], pd.DataFrame]


def refuse_unsupported(
    path: Path,
    tables: Tables,
    series: Series,
    snapshots: pd.DataFrame,
    header: dict[str, Any],
    problems: Problems,
) -> None:
    """Add to `problems` all that would change the result and that the formulation does not model."""
    for component, table in tables.items():
        place = f"{path.name}:{component}"
        known = f"only {', '.join(COMPONENTS)}"
        if component in OTHERS and len(table):
            problems.add(place, f"{len(table)} {component}", known, OTHERS[component])
        elif (
            len(table)
            and component not in COMPONENTS
            and component not in IGNORED | MODELLED
            and component not in OTHERS
        ):
            problems.add(place, component, known, "remove the table")
        for attribute, (neutral, mend) in unsupported(component).items():
            varying = series.get((component, attribute))
            if varying is not None and not varying.empty:
                problems.add(f"{place}:{attribute}", "a time series", "a system without it", mend)
            elif attribute in table.columns:
                _refuse_values(place, table[attribute], neutral, mend, problems)
        for column in map(str, table.columns):
            if component == "buses" and column.startswith(("nom_min_", "nom_max_")):
                mend = "add a global constraint of type tech_capacity_expansion_limit with its bus"
                problems.add(f"{place}:{column}", "a limit per bus and carrier", "a global constraint", mend)
    _refuse_frame(path, series, snapshots, header, problems)


def _refuse_values(place: str, column: pd.Series, neutral: str, mend: str, problems: Problems) -> None:
    names = [str(name) for name, cell in column.items() if _differs(cell, neutral)]
    if names:
        shown = f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}"
        wanted = neutral or "nothing"
        problems.add(
            f"{place}:{names[0]}:{column.name}",
            f"{column.loc[names[0]]} (on {shown})",
            f"{wanted}: it is not modelled",
            mend,
        )


def _differs(cell: object, neutral: str) -> bool:
    text = str(cell).strip().lower()
    if text in {"", "nan", "none", neutral}:
        return False
    if neutral == "false" and text in {"0", "0.0"}:
        return False
    try:
        return not (neutral and float(text) == float(neutral))
    except ValueError:
        return True


def _refuse_frame(
    path: Path, series: Series, snapshots: pd.DataFrame, header: dict[str, Any], problems: Problems
) -> None:
    periods = str(header.get("network__multi_invest", "0")) not in {"0", "0.0", "False"}
    if periods or "network_investment_periods" in header or "period" in snapshots.columns:
        mend = "solve each period on its own, or use dafeng dispatch run with several --year"
        problems.add(path.name, "several investment periods", "one period", mend)
    if str(header.get("network__scenarios", header.get("network_has_scenarios", "0"))) not in _NONE:
        problems.add(path.name, "scenarios", "a deterministic network", SCENARIOS)
    for component, attribute in series:
        if attribute.endswith(("_piecewise", "-pw")) or attribute.startswith("pw_"):
            curve = attribute.removeprefix("pw_").removesuffix("_piecewise").removesuffix("-pw")
            problems.add(
                f"{path.name}:{component}:{curve}",
                Text("分段曲线", "a piecewise curve"),
                Text("常数或逐时序列", "a constant or series"),
                Text(
                    "成本递增:拆成几个部件,每段一个,成本为该段的常数;递减或效率曲线:取额定点的常数",
                    "a rising cost: one component per piece with its constant cost; a falling cost or an efficiency: the constant at the rated point",
                ),
            )


_NONE = {"0", "0.0", "False", "", "None", "[]"}
SCENARIOS = "export each scenario as a network of its own (n.get_scenario) and solve them one by one"


def apply_line_types(tables: Tables, lines: pd.DataFrame, place: str, problems: Problems) -> pd.DataFrame:
    """Apply r and x of the standard types to `lines`: per km × length / parallel circuits, as PyPSA does.

    A type that neither the file nor the standard table has is a problem on a loop; elsewhere impedance does
    nothing.
    """
    raw = tables.get("lines", pd.DataFrame())
    if "type" not in raw.columns:
        return lines
    known = dict(line_types())
    own = tables.get("line_types", pd.DataFrame())
    for name, row in own.iterrows():
        known[str(name)] = (float(row.get("r_per_length", 0.0)), float(row.get("x_per_length", 0.0)))
    parallel = pd.to_numeric(raw["num_parallel"], errors="coerce") if "num_parallel" in raw else None
    edges = list(zip(lines["bus0"].astype(str), lines["bus1"].astype(str), strict=True))
    on_loops = {position for loop in cycles(edges) for position in loop}
    changed = lines.copy()
    for position, kind in enumerate(raw["type"].tolist()):
        if not isinstance(kind, str) or kind in {"", "nan"}:
            continue
        name = lines.index[position]
        if kind in known:
            count = 1.0 if parallel is None or pd.isna(parallel.iloc[position]) else parallel.iloc[position]
            scale = float(lines["length"].iloc[position]) / float(count)
            changed.loc[name, ["r", "x"]] = [value * scale for value in known[kind]]
        elif position in on_loops and bool(lines["active"].iloc[position]):
            mend = "write the type's impedance into x and empty type"
            problems.add(f"{place}:{name}:type", kind, "a standard line type, or x in Ohm", mend)
    return changed
