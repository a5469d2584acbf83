"""Output of `dafeng registers`: rows of tables and of JSON, no calculation."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dafeng.cli import words
from dafeng.evidence import DafengError, to_beijing

if TYPE_CHECKING:
    from dafeng.registers import Actor, Board, Book, Conflict, Definition, Page, Pair, Receipt, Result, Store

SHOWN_FIELDS = 6


def registers(book: "Book") -> list[dict[str, Any]]:
    found = []
    for register, editions in book.editions.items():
        one = editions[-1]
        found.append({
            "register": register, "zh": one.zh, "en": one.en, "edition": one.edition, "editions": [each.edition for each in editions],
            "fields": len(one.fields) + sum(len(child.fields) for child in one.children), "children": [child.id for child in one.children],
            "indicators": [indicator.id for indicator in one.indicators], "systems": list(one.systems), "owner": one.owner,
            "trust": one.trust, "returns": one.returns.period if one.returns else None,
        })  # fmt: skip
    return found


def register_row(row: dict[str, Any]) -> list[object]:
    return [row["register"], row["zh"], row["edition"], row["fields"], len(row["indicators"]), row["trust"]]


def receipt_line(receipt: "Receipt") -> str:
    if receipt.repeated:
        return words.both("reg_received_before", at=receipt.at, new=receipt.new)
    counts = {name: getattr(receipt, name) for name in _COUNTS}
    return words.both(
        "reg_receipt", kept=words.both("reg_stored" if receipt.stored else "reg_not_stored"), **counts
    )


_COUNTS = ("rows", "new", "updated", "unchanged", "conflicts", "refused", "findings")


def page_table(definition: "Definition", page: "Page") -> tuple[list[str], list[list[object]]]:
    from dafeng.registers import shown

    fields = [one for one in definition.fields if page.rows and one.id in page.rows[0]][:SHOWN_FIELDS]
    headings = ["id", *(one.zh for one in fields), words.word("reg_state"), words.word("reg_version")]
    rows = [
        [
            row["id"],
            *("" if row.get(one.id) is None else shown(one, row[one.id]) for one in fields),
            definition.state(row["state"]).zh,
            row["version"],
        ]
        for row in page.rows
    ]
    return headings, rows


def revision_row(definition: "Definition", row: dict[str, Any]) -> list[object]:
    """Return an act as people read it: Beijing time, name of the step, changed fields by their names."""
    at = to_beijing(datetime.fromisoformat(row["at"]).replace(tzinfo=None))
    steps = {one.id: one.zh for one in definition.life_cycle.transitions}
    before, after = (_cells(definition, row[side] or {}) for side in ("before", "after"))
    return [
        f"{at:%Y-%m-%d %H:%M}",
        row["actor"],
        steps.get(row["act"], row["act"]),
        before,
        after,
        row["reason"],
    ]


def _cells(definition: "Definition", cells: dict[str, Any]) -> str:
    from dafeng.registers import shown

    fields, states = (
        {one.id: one for one in definition.fields},
        {one.id: one.zh for one in definition.life_cycle.states},
    )
    return "; ".join(
        f"{words.word('reg_state')} {states.get(value, value)}" if name == "state"
        else f"{fields[name].zh} {shown(fields[name], value)}" if name in fields
        else f"{name} {value}"
        for name, value in cells.items()
        if value is not None
    )  # fmt: skip


def conflicts(found: Sequence["Conflict"]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]


def contested(definition: "Definition", found: Sequence["Conflict"]) -> list[list[object]]:
    """Return one row for each field that two reports of a key tell differently."""
    from dafeng.registers import shown

    fields = {one.id: one for one in definition.fields}
    return [
        [
            one.id, one.record_id, fields[name].zh if name in fields else name,
            *(shown(fields[name], value) if name in fields else value for value in values), f"{one.source} · {one.reported_by}",
        ]
        for one in found
        for name, values in one.differing.items()
    ]  # fmt: skip


def pairs(found: Sequence["Pair"]) -> list[dict[str, Any]]:
    return [asdict(one) for one in found]


def board_rows(rows: Sequence["Board"]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def board_row(row: "Board") -> list[object]:
    return [
        row.region,
        words.word(f"reg_return_{row.state}"),
        row.records,
        row.changed,
        f"{row.due}{' ' + words.word('reg_overdue') if row.overdue else ''}",
        words.word(f"reg_lock_{row.lock}") if row.lock else "",
    ]


def result_row(one: "Result") -> list[object]:
    value = "NE" if one.value is None else f"{one.value:,.6g}"
    return [
        one.register,
        one.indicator,
        one.year,
        value,
        one.unit,
        one.n,
        one.missing,
        one.absent,
        one.pending,
        one.grade,
    ]


def move_return(
    store: "Store", actor: "Actor", register: str, period: str, move: str, region: str, reason: str, until: str, counties: Sequence[str]
) -> None:  # fmt: skip
    """Run the act of `--do`.

    Raises
    ------
    DafengError
        For an undefined act, and where the act itself raises it.
    """
    from dafeng import registers as room

    acts: dict[str, Callable[[], object]] = {
        "submit": lambda: room.submit(store, actor, register, period, region),
        "accept": lambda: room.accept(store, actor, register, period, region),
        "return": lambda: room.send_back(store, actor, register, period, region, reason),
        "confirm": lambda: room.confirm(store, actor, register, period, counties, incomplete=reason),
        "reopen": lambda: room.reopen(store, actor, register, period, reason),
        "exception": lambda: room.grant_exception(store, actor, register, period, region, until, reason),
    }
    if move not in acts:
        raise DafengError.at("--do", move, f"one of {', '.join(acts)}")
    acts[move]()


def years(text: str) -> range:
    """Return the years of `2025` or `2021-2025`.

    Raises
    ------
    DafengError
        For another form.
    """
    first, _, last = text.partition("-")
    if not all(part.isdigit() and len(part) == 4 for part in (first, last or first)):
        raise DafengError.at("--years", text, words.both("problem.years_as"))
    return range(int(first), int(last or first) + 1)


def delivery_of(case: str) -> dict[str, str]:
    """Return measure → `register.indicator` of the case's answers.csv; empty without a case."""
    if not case:
        return {}
    from dafeng.case import load

    rows = load(case).table("answers")
    return {
        str(row["measure"]): str(row["answer"]) for row in rows[rows["role"] == "delivery"].to_dict("records")
    }
