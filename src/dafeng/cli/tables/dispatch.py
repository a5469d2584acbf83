"""Tables of `dafeng dispatch` on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from dafeng.cli import words
from dafeng.cli.terminal import print_json, print_rows

SHOWN_COSTS = 12
EXACT = 1e-9
SMALL = 100.0
CARRIERS = frozenset(
    {"coal", "wind", "solar", "hydro", "biomass", "outside", "import", "export", "response", "lost"}
)


def _gap(quality: dict[str, Any]) -> str:
    """Format the optimality gap of a linear (duality gap) or a mixed-integer problem (MIP gap)."""
    gap = quality["mip_gap"] if quality["mip_gap"] is not None else quality["duality_gap"]
    kind = words.word("mip") if quality["mip_gap"] is not None else words.head("duality")
    if gap is None:
        return "–"
    return f"{kind} ≤ {EXACT:.0e}" if gap <= EXACT else f"{kind} {gap:.1e}"


def texts(table: Any) -> list[list[str]]:
    """Return rows of a data frame as texts."""
    return [
        [f"{cell:,.4g}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in table.itertuples(index=False)
    ]


@contextmanager
def curve_points(limit: str, total: int, as_json: bool) -> Iterator[Callable[[Any], None]]:
    """Show each point of a curve on standard error as it is solved; a run that is stopped prints what it has."""
    from dafeng.dispatch import curve

    points: list[Any] = []
    began = perf_counter()
    remarks = Console(stderr=True)

    def each(point: Any) -> None:
        points.append(point)
        last = curve(points[-1:], limit).iloc[0]
        cost = f"{last['total_cost']:,.4g}" if last["reason"] == "" else last["reason"]
        seconds = f"{perf_counter() - began:.0f}"
        remarks.print(
            words.both(
                "curve_point_solved", number=len(points), total=total, limit=f"{last['limit']:,.4g}", cost=cost,
                seconds=seconds,
            )
        )  # fmt: skip

    try:
        yield each
    except (KeyboardInterrupt, SystemExit):
        if points:
            table = curve(points, limit)
            remarks.print(words.both("curve_stopped", done=len(points), total=total))
            if as_json:
                print_rows(table)
            else:
                print_table(limit, [str(c) for c in table.columns], texts(table))
        raise


@contextmanager
def windows_solved(as_json: bool, whole: bool = True) -> Iterator[Callable[[int, int, float], None]]:
    """Show each week of whole units on standard error as it is solved."""
    began = perf_counter()
    remarks = Console(stderr=True)
    last: list[tuple[int, int, float]] = []

    def each(number: int, total: int, gap: float) -> None:
        last.append((number, total, max([gap, *(one[2] for one in last[-1:])])))
        seconds = perf_counter() - began
        left = seconds / number * (total - number)
        remarks.print(
            words.both(
                "window_solved", number=number, total=total, gap=f"{gap:.2%}", seconds=f"{seconds:.0f}", left=f"{left:.0f}"
            ),
            end="\r" if remarks.is_terminal and number < total else "\n",
        )  # fmt: skip

    if not as_json and whole:
        remarks.print(words.both("relaxation_first"))
    try:
        yield each if not as_json else (lambda _number, _total, _gap: None)
    except (KeyboardInterrupt, SystemExit):
        if last:
            number, total, gap = last[-1]
            remarks.print(words.both("windows_stopped", number=number, total=total, gap=f"{gap:.2%}"))
        raise


STARTS_COLUMNS = ("starts", "start_cost_million", "total_cost_million")
CITY_COLUMNS = ("mw", "twh", "hours", "hours_realised", "curtailed", "co2_mt", "factor_t_per_mwh")


def show_city(summary: dict[str, Any]) -> None:
    """Print the accounts, the operation of coal and the table by carrier of a city run."""
    rows = [
        [words.head(key), f"{summary[key]:,.2f}" if abs(summary[key]) < SMALL else f"{summary[key]:,.0f}"]
        for key in (
            "co2_generation_t",
            "co2_province_t",
            "marginal_co2_t_per_mwh",
            "import_mwh",
            "export_mwh",
        )
        if summary.get(key) is not None
    ]
    for key, value in summary.get("coal", {}).items():
        if key == "starts_by_unit":
            rows += [[words.word("starts_of", unit=unit), f"{count:.0f}"] for unit, count in value.items()]
        elif value is not None:
            rows.append([words.head(f"coal_{key}"), f"{value:,.4g}"])
    print_table(words.head("city_accounts"), ["", ""], rows)
    table = [
        [words.word(f"node_{row['node']}"), _carrier(row["carrier"]), *(_cell(row[c]) for c in CITY_COLUMNS)]
        for row in summary["carriers"]
        if row["mw"]
    ]  # fmt: skip
    print_table(words.head("by_carrier"), ["", "", *(words.word(f"column_{c}") for c in CITY_COLUMNS)], table)
    if summary.get("start_sensitivity"):
        rows = [
            [f"{row['start_cost']:,.0f}", row["cluster"], *(f"{row[c]:,.1f}" for c in STARTS_COLUMNS)]
            for row in summary["start_sensitivity"]
        ]
        columns = [words.word("column_start_cost"), "", *(words.word(f"column_{c}") for c in STARTS_COLUMNS)]
        print_table(words.head("start_sensitivity"), columns, rows)


def _carrier(name: str) -> str:
    return words.word(f"carrier_{name}") if name in CARRIERS else name


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:,.3g}" if abs(value) < SMALL else f"{value:,.0f}"


def show(summary: dict[str, Any], as_json: bool) -> None:
    """Print a summary as JSON or as tables."""
    if as_json:
        print_json(summary)
        return
    from dafeng.dispatch import COMPONENT_NAMES, COST_NAMES

    if summary["synthetic"]:
        Console().print(words.both("synthetic_example_not_observed_bold"))
    currency = summary["currency"]
    head = [
        [words.head("status"), summary["status"]],
        [words.word("objective", currency=currency), f"{summary['objective']:,.2f}"],
        [words.word("total_cost", currency=currency), f"{summary['total_cost']:,.2f}"],
        [words.head("demand_mwh"), f"{summary['demand_mwh']:,.1f}"],
        ["CO2 (t)", f"{summary['co2_t']:,.1f}"],
        [words.head("curtailment_mwh"), f"{summary['curtailment_total_mwh']:,.1f}"],
        [words.head("imbalance_p_u"), f"{summary['quality']['largest_imbalance_per_unit_of_load']:.1e}"],
        [words.head("gap"), _gap(summary["quality"])],
    ]
    if "unserved_mwh" in summary:
        head += [
            [words.head("non_fossil_share"), f"{summary['non_fossil_share_of_demand']:.1%}"],
            [words.head("curtailment_rate"), f"{summary['curtailment_rate']:.1%}"],
            [words.head("peak_response_mwh"), f"{summary['peak_response_mwh']:,.1f}"],
            [words.head("unserved_mwh"), f"{summary['unserved_mwh']:,.1f}"],
        ]
    print_table(str(summary["system"]), ["", ""], head)
    for remark in summary["remarks"]:
        Console().print(f"· {remark}")
    rows = [
        [
            COMPONENT_NAMES.get(component, component),
            name,
            words.head("unlimited") if value is None else f"{value:,.2f}",
        ]
        for component, values in summary["capacities"].items()
        for name, value in values.items()
    ]
    print_table(words.head("capacities_mw_mwh"), ["", "", ""], rows)
    rows = [
        [
            COMPONENT_NAMES.get(row["component"], row["component"]),
            row["name"],
            COST_NAMES[row["kind"]],
            f"{row['cost']:,.0f}",
        ]
        for row in sorted(summary["costs"], key=lambda row: -abs(row["cost"]))[:SHOWN_COSTS]
    ]
    print_table(words.word("largest_costs", currency=currency), ["", "", "", ""], rows)
    if summary["shadow_prices"]:
        rows = [[name, f"{value:,.4f}"] for name, value in summary["shadow_prices"].items()]
        print_table(words.word("shadow_prices", currency=currency), ["", ""], rows)
    for key, value in summary.get("preview_error", {}).items():
        Console().print(
            words.word(
                "preview_error_h",
                block=summary["block"],
                preview_error_of=summary["preview_error_of"],
                key=key,
                value=value,
            )
        )
    for note in summary["notes"]:
        Console().print(note)


def show_typical(told: dict[str, Any], as_json: bool) -> None:
    """Print the sums of typical periods and their error."""
    if as_json:
        print_json(told)
        return
    kind = "typical_days" if "typical_days" in told else "typical_weeks"
    rows = [[words.head("rms_error_of_the_profiles"), f"{told['profile_rms_error']:.2%}"]]
    for key in ("total_cost", "co2_t", "curtailment_mwh"):
        error = told.get("error", {}).get(key)
        rows.append([key, f"{told[key]:,.0f}" + ("" if error is None else f" ({error:+.2%})")])
    print_table(words.both(kind, system=told["system"], **{kind: told[kind]}), ["", ""], rows)


def show_commitment(committed: Any, system: Any, as_json: bool) -> None:
    """Print the cost of windows of whole units and its bound."""
    told = {
        "system": system.name,
        "synthetic": system.synthetic,
        "cost": committed.cost,
        "relaxed_lower_bound": committed.lower_bound,
        "gap": committed.gap,
        "largest_window_gap": committed.largest_window_gap,
        "windows": committed.windows,
    }
    if as_json:
        print_json(told)
    else:
        print_table(words.head("unit_commitment"), ["", ""], [[k, str(v)] for k, v in told.items()])


def show_foresight(found: Any, weeks: int, as_json: bool) -> None:
    """Print an expansion over several years, myopic and with perfect foresight next to each other."""
    told = found.summary()
    if as_json:
        print_json(told)
        return
    table = found.table()
    table["approach"] = [words.word(f"approach_{name}") for name in table["approach"]]
    table["year"] = table["year"].astype(str)
    table = table[["approach", *(column for column in table.columns if column != "approach")]]
    print_table(
        words.word("expansion_by_approach", weeks=weeks), [str(c) for c in table.columns], texts(table)
    )
    values = told["present_value"]
    Console().print(
        words.both(
            "foresight_saves", saves=f"{told['foresight_saves'] / 1e8:,.2f}", myopic=f"{values['myopic'] / 1e8:,.1f}",
            foresight=f"{values['foresight'] / 1e8:,.1f}", error=f"{told['profile_rms_error']:.1%}",
        )
    )  # fmt: skip


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print one table on standard output."""
    table = Table(title=title)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    Console().print(table)
