"""Tables of `dafeng metering` in 80 columns: Chinese names, units of Chinese statistics, NE if missing."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dafeng.cli import words
from dafeng.cli.terminal import compact, shown

if TYPE_CHECKING:
    from rich.table import Table

Row = Mapping[str, Any]
SHOWN_ROWS = 50

_LABELS = {
    "store": words.word("store"), "created": words.word("made"), "case": words.word("case"), "registry": words.word("version_of_the_registry"), "points": words.word("metering_points_2"), "template": words.word("template"),
    "files": words.word("files"), "new": words.word("new"), "same": words.word("same"), "replaced": words.word("corrected"), "older": words.word("older"), "refused": words.word("refused"), "batch": words.word("batch"),
    "status": words.word("result"), "key": words.word("batch_id"), "sender": words.word("sender"), "received": words.word("received_utc"), "quarantined": words.word("to_be_checked"), "derived": words.word("derived_from_dials"),
    "synthetic": words.word("synthetic"), "readings": words.word("readings"), "estimated": words.word("estimated"), "revisions": words.word("older_versions"), "batches": words.word("batches"),
    "refused_batches": words.word("refused_batches"), "first_day": words.word("first_day_2"), "last_day": words.word("last_day"), "closed_months": words.word("closed_months"), "origin": words.word("source"),
    "bytes": words.word("bytes"), "rows": words.word("rows_2"), "days": words.word("days"), "missing": words.word("missing"), "repeated": words.word("repeated"), "late": words.word("late"), "truth_mwh": words.word("true_mwh"),
    "out": words.word("file"), "point": words.word("metering_points_2"), "start": words.word("start_of_period"), "value": words.word("value"), "person": words.word("person"), "reason": words.word("reason"), "warning": words.word("warning"),
    "action": words.word("handling"), "month": words.word("month"), "version": words.word("version"), "file": words.word("file"), "sha256": "SHA-256", "url": words.word("address_2"), "id": words.word("number"),
    "label": words.word("name"), "units": words.word("unit"), "scopes": words.word("rights"), "expires": words.word("expires"), "token": words.word("key_shown_once"), "buildings": words.word("building"),
    "base_year": words.word("base_year"), "inventory_t": words.head("t"), "county": words.word("county"), "from": words.word("from_2"), "to": words.word("until_exclusive"), "on": words.word("day_judged"), "by": words.word("grouped_by"), "period": words.word("period"), "year": words.word("year"),
}  # fmt: skip
_WORDS = {
    "accepted": words.word("stored"), "partial": words.word("partly_stored"), "none": words.word("none"), "measured": words.word("measured"), "synthetic": words.word("synthetic"), "mixed": words.word("with_synthetic"),
    "green": words.word("green"), "yellow": words.word("yellow"), "orange": words.word("orange"), "red": words.word("red"), "grey": words.word("grey"), "counted": "", "issue": words.word("issued"),
    "acknowledge": words.word("acknowledged"), "release": words.word("released"), "within_guide": words.word("better_than_the_guide"), "within_constraint": words.word("within_the_limit"),
    "above_constraint": words.word("above_the_limit"), "at_benchmark": words.word("at_the_advanced_level"), "at_baseline": words.word("at_the_base_level"), "below_baseline": words.word("below_the_base_level"),
    "above_limit": words.word("beyond_the_limit"), "energy": words.word("energy"), "industry": words.word("industry"), "transport": words.word("transport"), "buildings": words.word("building"),
    "agriculture": words.word("agriculture"), "city": words.word("city_2"), "gap": words.word("missing"), "range": words.word("out_of_range"), "negative": words.word("negative"), "jump": words.word("jump"), "low": words.word("lower_magnitude"), "frozen": words.word("stuck"),
    "balance": words.word("sum_and_parts_differ"), "statement": words.word("day_and_month_differ"), "register": words.word("dial"), "closed": words.word("energy_of_a_closed_month_differs"),
    "misread": words.word("misread"), "validity": words.word("not_between_its_days"), "implausible": words.word("unlike_its_history"), "sender": words.word("bad_says_the_sender"), "refused": words.word("not_stored"),
}  # fmt: skip
_HIDDEN = frozenset({"digest", "first", "key", "sender", "refused_rows"})


def show_answer(answer: Row, title: str) -> None:
    """Print an answer: its words, its values, then each of its lists as a table for people."""
    lines = [line for line in (_said(answer),) if line]
    pairs = {name: value for name, value in answer.items() if not isinstance(value, list | dict)}
    if "sha256" not in pairs and "token" not in pairs:
        pairs = {name: value for name, value in pairs.items() if name not in _HIDDEN}
    table = compact(*words.words("item", "value_2"))
    for name, value in pairs.items():
        table.add_row(f"{_LABELS.get(name, _word(name))} {name}", _value(name, value))
    shown(None, title)
    shown(table, *lines)
    for name, rows in answer.items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            maker = _TABLES.get(name) or _any
            rest = len(rows) - SHOWN_ROWS
            more = (
                words.word("the_first_only_more_all_with", SHOWN_ROWS=SHOWN_ROWS, rest=rest)
                if rest > 0
                else ""
            )
            missing = words.word("ne_a_reading_has_no_factor") if name == "rows" and _lacks(rows) else ""
            shown(maker(rows[:SHOWN_ROWS], answer), more, missing)


def _lacks(rows: Sequence[Row]) -> bool:
    return any(
        row["readings"] and row[name] is None for row in rows for name in ("tce", "tce_equivalent", "tco2")
    )


def _said(answer: Row) -> str:
    if answer.get("first") is False:
        return words.word("this_batch_came_before_this_is")
    if answer.get("status") == "refused":
        return words.word("nothing_of_the_batch_is_stored")
    if answer.get("status") == "partial":
        return words.word("rows_with_errors_are_not_stored")
    if answer.get("origin") in {"synthetic", "mixed"}:
        return words.word("synthetic_readings_for_trials_only_never")
    return ""


def _word(text: object) -> str:
    return _WORDS.get(str(text), str(text))


def _value(name: str, value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return words.word("yes") if value else words.word("no")
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    if isinstance(value, int) and name not in {"batch", "year", "base_year", "id", "registry", "version"}:
        return f"{value:,}"
    return _word(value) if name in {"status", "origin", "action"} else str(value)


def _figure(value: float | None, decimals: int = 2) -> str:
    return "NE" if value is None else f"{value:,.{decimals}f}"


def _rounded(value: float | None) -> str:
    """Format a number with two decimals below a thousand, none above."""
    return _figure(value, 2 if value is None or abs(value) < 1000 else 0)


def _share(value: float | None) -> str:
    """Format a share, rounded down: 99.99 % is not all."""
    return "–" if value is None else f"{int(value * 1000) / 10:.1f}%"


def _costs(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("unit", "month", "energy", "period_2", "use", "unit", "cost_cny", "complete"),
        figures=(4, 6, 7),
    )
    for row in rows:
        table.add_row(
            row["unit"], row["month"], _group(row["medium"], "medium"), _BANDS[row["band"]], _rounded(row["quantity"]),
            row["quantity_unit"], _rounded(row["cost_yuan"]), _share(row["coverage"]),
        )  # fmt: skip
    return table


_BANDS = {
    "peak_top": words.word("peak_of_peaks"), "peak": words.word("peak"), "flat": words.word("flat"), "valley": words.word("valley"), "deep_valley": words.word("deep_valley"), None: words.word("no_tariff"),
}  # fmt: skip


def _sums(rows: Sequence[Row], answer: Row) -> "Table":
    table = compact(
        *words.words("subject", "from_2", "use", "tce_calorific", "tce_equivalent"),
        "tCO2",
        *words.words("complete", "source"),
        figures=range(2, 7),
    )
    table.padding = (0, 0, 0, 1)
    for row in rows:
        grey = words.word("grey") if row["state"] == "grey" else ""
        table.add_row(
            _group(str(row["group"]), str(answer.get("by"))), row["bucket"], _amount(row), _figure(row["tce"]),
            _figure(row["tce_equivalent"]), _figure(row["tco2"]), f"{grey}{_share(row['coverage'])}", _word(row["origin"]),
        )  # fmt: skip
    return table


def _group(group: str, by: str) -> str:
    from dafeng.metering import media

    return str(media()[group]["name_zh"]) if by == "medium" and group in media() else _word(group)


def _amount(row: Row) -> str:
    """Format the quantity in the reader's unit: 万kWh for electricity, else the medium's own."""
    from dafeng.metering import media

    if row["quantity"] is None:
        return "–"
    unit = media()[row["medium"]]["unit"]
    large = unit in {"kWh", "m3"} and abs(row["quantity"]) >= 1e4
    return (
        words.word("10", value=row["quantity"] / 10000.0, unit=unit)
        if large
        else f"{row['quantity']:,.1f}{unit}"
    )


def _scores(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("unit", "complete_2", "valid", "in_time", "calibrated", "score", "estimated", "source"),
        figures=range(1, 7),
    )
    for row in rows:
        parts = (
            row[name]
            for name in ("completeness", "validity", "timeliness", "accuracy", "score", "estimated_share")
        )
        table.add_row(row["unit"], *map(_share, parts), _word(row["origin"]))
    return table


def _flags(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("metering_points_2", "fault", "from_2", "until", "value", "reference_2"), figures=(4, 5)
    )
    for row in rows:
        until = str(row["until"])[5:16]
        value, expected = (
            "–" if row[name] is None else f"{row[name]:,.4g}" for name in ("value", "expected")
        )
        table.add_row(row["point"], _word(row["kind"]), str(row["start"])[:16], until, value, expected)
    return table


def _verdicts(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words(
            "subject", "grade", "used", "budget_to_date", "forecast_of_the_year", "budget_of_the_year", "note"
        ),
        figures=(2, 3, 4, 5),
    )
    for row in rows:
        inputs = row["inputs"]
        used, progress, coming = (inputs.get(name) for name in ("used", "progress_budget", "forecast"))
        table.add_row(
            row["subject"], _word(row["level"]), *map(_rounded, (used, progress, coming, inputs.get("allowed"))), _why(row)
        )  # fmt: skip
    return table


def _why(row: Row) -> str:
    from dafeng.metering import chinese

    reason = chinese(row.get("reason") or "")
    unconfirmed = "" if row.get("confirmed") or reason else words.word("rule_not_compared_with_its_original")
    return reason or row.get("consequence_zh") or unconfirmed


def _open(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("number", "subject", "grade", "state", "statistic", "bound", "consequence"), figures=(0,)
    )
    for row in rows:
        value = "" if row.get("value") is None else f" {row['value']:.3g}"
        table.add_row(
            str(row["id"]), row["subject"], _word(row["level"]), _word(row["state"]), f"{row.get('statistic') or '–'}{value}", _bound(row),
            row.get("consequence_zh") or row["rule"],
        )  # fmt: skip
    return table


def _bound(row: Row) -> str:
    """Format the bounds that a statistic lies within, open ends left out."""
    low, high = row.get("lower"), row.get("upper")
    return " ".join(f"{sign}{end:.3g}" for sign, end in ((">", low), ("<", high)) if end is not None) or "–"


def _buildings(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("rank", "building", "type"),
        "kWh/m²",
        *words.words("limit", "guide", "verdict", "complete", "note"),
        figures=(0, 3, 4, 5, 7),
    )
    table.padding = (0, 0, 0, 1)
    for row in rows:
        table.add_row(
            str(row["rank"] or "–"), row["name_zh"], row["building_type"] or "–", _figure(row["kwh_per_m2"], 1),
            *("–" if row[name] is None else f"{row[name]:g}" for name in ("constraint", "guide")),
            _word(row["level"]), _share(row["coverage"]), _why(row),
        )  # fmt: skip
    return table


def _products(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("product", "unit", "use_per_unit", "unit_of_measure", "level", "complete", "note"),
        figures=(2, 5),
    )
    for row in rows:
        table.add_row(
            row["name_zh"], row["unit"], _figure(row["consumption"]), row["consumption_unit"], _word(row["level"]),
            _share(row["coverage"]), _why(row),
        )  # fmt: skip
    return table


def _months(rows: Sequence[Row], _: Row) -> "Table":
    from dafeng.metering import chinese

    table = compact(words.word("month"), "tCO2", words.word("note"), figures=(1,))
    for row in rows:
        table.add_row(row["month"] or "–", _figure(row["value"], 0), chinese(row["reason"]))
    return table


def _problems(rows: Sequence[Row], _: Row) -> "Table":
    from dafeng.metering import chinese

    table = compact(*words.words("place", "read", "expected", "remedy"), figures=(0,))
    for row in rows:
        table.add_row(chinese(row["where"]), row["found"], chinese(row["expected"]), chinese(row["mend"]))
    return table


def _trail(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(*words.words("handling", "person", "note", "time_utc"))
    for row in rows:
        table.add_row(_word(row["action"]), row["person"], row["note"], str(row["happened"])[:16])
    return table


def _keys(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("number", "name", "unit", "rights", "per_minute", "expires", "revoked"), figures=(0, 4)
    )
    for row in rows:
        table.add_row(
            str(row["id"]), row["label"], row["units"], row["scopes"], str(row["per_minute"]), str(row["expires"] or words.word("never"))[:10],
            str(row["revoked"] or "–")[:10],
        )  # fmt: skip
    return table


def _entries(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(
        *words.words("time_utc", "key", "sender_s_address", "request", "state", "note"), figures=(4,)
    )
    for row in rows:
        table.add_row(
            str(row["at"])[:16], row["key"] or "–", row["address"], f"{row['method']} {row['path']}", str(row["status"]),
            row["detail"] or "",
        )  # fmt: skip
    return table


def _any(rows: Sequence[Row], _: Row) -> "Table":
    table = compact(*(_LABELS.get(name, name) for name in rows[0]))
    for row in rows:
        table.add_row(*(_value(name, value) for name, value in row.items()))
    return table


_TABLES: Mapping[str, Callable[[Sequence[Row], Row], "Table"]] = {
    "rows": _sums, "scores": _scores, "flags": _flags, "verdicts": _verdicts, "open": _open, "buildings": _buildings,
    "products": _products, "months": _months, "costs": _costs, "problems": _problems, "trail": _trail, "keys": _keys, "entries": _entries,
}  # fmt: skip
