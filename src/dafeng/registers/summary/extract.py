"""Extract: the aggregates of the registers as the files of a case, so that a release can include them."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dafeng.case import DELIVERED_TO_DATE
from dafeng.evidence import DafengError, write_atomically
from dafeng.registers.definition.model import Feed, Indicator
from dafeng.registers.store.connecting import Store
from dafeng.registers.store.rights import Actor
from dafeng.registers.summary.contents import contents_hash
from dafeng.registers.summary.indicators import Result, compute

MANIFEST = "extract.json"
_COLUMNS = {
    "observations": ("indicator", "region", "year", "value", "unit", "source", "grade", "note"),
    "activities": ("activity", "region", "year", "value", "unit", "source", "grade", "note"),
}
_SOURCES = ("id", "citation", "url", "licence", "terms", "note")


@dataclass(frozen=True, slots=True)
class Extract:
    """Written extract: rows by file, and every result with its counts and hash."""

    folder: Path
    rows: dict[str, int]
    results: tuple[Result, ...]


def extract(
    store: Store,
    actor: Actor,
    folder: Path,
    years: Iterable[int],
    registers: Sequence[str] = (),
    delivery: Mapping[str, str] | None = None,
) -> Extract:
    """Write the aggregates of the registers into a case as `observations.csv`, `activities.csv`, `sources.csv`.

    Parameters
    ----------
    years
        Years to compute; a year without records gives no row.
    registers
        Registers to take; none takes all.
    delivery
        Measure → `register.indicator` that reports how far it is delivered (answers.csv), in addition to
        those of the definitions.

    Returns
    -------
    Extract
        Every result is in `extract.json` too, with n, missing, pending, grade, hash; and the hash of the contents of
        each register at that moment.

    Raises
    ------
    DafengError
        For an unknown register, or a folder that holds something else.
    """
    if (
        folder.exists()
        and (not folder.is_dir() or any(folder.iterdir()))
        and not (folder / MANIFEST).is_file()
    ):
        raise DafengError.at(
            str(folder),
            "a folder with other files",
            "an empty folder, or an earlier extract",
            "choose another --out",
        )
    results: list[Result] = []
    rows: dict[str, list[list[object]]] = {name: [] for name in _COLUMNS}
    sources: dict[str, list[object]] = {}
    wanted = list(years)
    for register in registers or list(store.book.editions):
        for year in wanted:
            # an old year has the indicators of the edition of its time
            for indicator in store.book.on(register, f"{year}-12-31").indicators:
                if indicator.feeds is None:
                    continue
                found = compute(store, actor, register, indicator.id, year)
                _write_results(store, indicator, found, rows, sources)
                results += [one for one in found if one.n or one.pending]
    for measure, named in (delivery or {}).items():
        register, _, id_ = named.partition(".")
        known = {one.id: one for one in store.book.latest(register).indicators}
        if id_ not in known:
            raise DafengError.at("answers.csv", named, f"an indicator of {register}: {', '.join(known)}")
        for year in wanted:
            fed = known[id_].model_copy(update={"feeds": Feed(table="delivery", id=measure)})
            _write_results(store, fed, compute(store, actor, register, id_, year, by=[]), rows, sources)
    for name, listed in rows.items():
        _write_csv(folder / f"{name}.csv", _COLUMNS[name], listed)
    _write_csv(folder / "sources.csv", _SOURCES, sources.values())
    manifest = {
        "schema_version": "1",
        "scope": store.scope,
        "years": wanted,
        "contents": {
            name: contents_hash(store, name) for name in dict.fromkeys(one.register for one in results)
        },
        "results": [one.as_dict() for one in results],
    }
    with write_atomically(folder / MANIFEST) as temporary:
        temporary.write_text(
            json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
    return Extract(folder, {name: len(listed) for name, listed in rows.items()}, tuple(results))


def _write_results(
    store: Store,
    indicator: Indicator,
    found: Sequence[Result],
    rows: dict[str, list[list[object]]],
    sources: dict[str, list[object]],
) -> None:
    feed = indicator.feeds
    for result in found:
        region = _region_of(store, result, feed)
        if feed is None or not result.n or region is None:
            continue
        source = f"reg-{result.register}-{result.hash[:12]}"
        definition = store.book.edition(result.register, result.edition)
        sources[source] = [
            source, f"登记 {definition.zh}({result.edition}版)指标 {indicator.zh}", "", "内部 internal", "按登记权限 by the rights of the register",
            f"hash {result.hash}",
        ]  # fmt: skip
        value: object = "C" if result.suppressed else "NE" if result.value is None else repr(result.value)
        note = f"n={result.n} 缺 missing={result.missing} 待批 pending={result.pending}"
        note += f" 缺期 absent={result.absent}" if result.absent else ""
        if feed.table == "delivery":
            if not result.group and result.value is not None and not result.suppressed:
                share = result.value / 100 if result.unit == "%" else result.value
                rows["observations"].append(
                    [
                        f"{DELIVERED_TO_DATE}{feed.id}",
                        region,
                        result.year,
                        repr(share),
                        "1",
                        source,
                        result.grade,
                        note,
                    ]
                )
        else:
            rows[feed.table].append(
                [feed.name(result.group), region, result.year, value, result.unit, source, result.grade, note]
            )


def _region_of(store: Store, result: Result, feed: Feed | None) -> str | None:
    """Return the place of a result; None for a group by anything but the place and the fields of the id."""
    named = feed.fields if feed is not None else ()
    if any(result.group.get(name) in (None, "") for name in named):
        return None
    others = {name: value for name, value in result.group.items() if name not in named}
    if not others:
        return store.scope
    region: Any = others.get(store.book.edition(result.register, result.edition).region or "")
    return str(region) if len(others) == 1 and region else None


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
