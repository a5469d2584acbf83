"""Pictures of a drill-down from the answers that its tables show, for the page (svg) and as a file that says how to quote it (png)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from dafeng.report import (
    NARROW,
    WIDE,
    Look,
    course_picture,
    flow_picture,
    heat_picture,
    load_picture,
    picture_file,
    ranking_picture,
)
from dafeng.web.office.energy.answers import Drill, Row
from dafeng.web.office.energy.tables import end_name, hour_unit, quote_of, whole_course
from dafeng.web.office.words import say

KINDS = {"svg": "image/svg+xml", "png": "image/png"}
RANKED = 15
Drawing = Callable[[Drill, Callable[..., Look]], Any]


def _look(drill: Drill, figure: str, narrow: bool, quoted: bool, row: Row, unit: str, gap: str) -> Look:
    if not quoted:
        return Look("", unit, gap, "", NARROW if narrow else WIDE)
    title = f"{drill.title()} · {say(f'figure.{figure}')} · {drill.asked.first} – {drill.asked.last}"
    return Look(title, unit, gap, "\n".join(quote_of(drill, row, say(f"figure.{figure}"), unit)))


def _ranking(drill: Drill, look: Callable[..., Look]) -> Any:
    found = drill.parts()
    rows = [row for row in drill.shown(drill.named(found["parts"], found["rows"])) if row[drill.asked.measure] is not None][:RANKED]  # fmt: skip
    drawn = look(found["total"], drill.unit_of_measure(found["total"]), say("data_state.grey"))
    return ranking_picture(drawn, [row["name"] for row in rows], [row[drill.asked.measure] for row in rows], [row["state"] == "counted" for row in rows])  # fmt: skip


def _course(drill: Drill, look: Callable[..., Look]) -> Any:
    rows = drill.course()["rows"]
    whole = whole_course(rows)
    drawn = look(whole, drill.unit_of_measure(whole), say("data_state.grey"))
    return course_picture(drawn, [row["bucket"] for row in rows], [row[drill.asked.measure] for row in rows], [row["state"] == "counted" or not row["readings"] for row in rows])  # fmt: skip


def _hours(drill: Drill, look: Callable[..., Look], *, heat: bool) -> Any:
    found = drill.hours()
    drawn = look(found, hour_unit(drill, found), say("grey_is_gap" if heat else "no_hours"))
    draw = heat_picture if heat else load_picture
    return draw(drawn, [one["day"] for one in found["days"]], [one["hours"] for one in found["days"]])


def _flows(drill: Drill, look: Callable[..., Look]) -> Any:
    found = drill.flows()
    links = [(link["layer"], link["source"], link["target"], link["value"]) for link in found["links"]]
    names = {(link["layer"], link["source"]): drill.name(found["layers"][link["layer"]], link["source"]) for link in found["links"]}  # fmt: skip
    names |= {(link["layer"] + 1, link["target"]): end_name(drill, found, link) for link in found["links"]}
    return flow_picture(look(found, drill.unit_of_measure(found), ""), links, names)


DRAWN: dict[str, Drawing] = {
    "ranking": _ranking,
    "course": _course,
    "load": partial(_hours, heat=False),
    "heat": partial(_hours, heat=True),
    "flows": _flows,
}


def picture_of(drill: Drill, figure: str, kind: str, *, narrow: bool) -> bytes:
    """Return a picture of `DRAWN`: svg for the page, png with how to quote it."""
    look = partial(_look, drill, figure, narrow and kind == "svg", kind == "png")
    return picture_file(DRAWN[figure](drill, look), kind)
