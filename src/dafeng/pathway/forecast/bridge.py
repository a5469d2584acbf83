"""Bridge of results between two settings or two releases of a case, one change after another.

The order is stated and part of the answer: terms of uncertainty (damping, effects, common cause of delivery,
model error, readings, what is delivered to date, overlaps), then the table drivers, the tables measures, plants branch by branch, projects, and at last everything else (the inventory and its
tables).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dafeng import inventory as inventories
from dafeng.case import Case, load
from dafeng.evidence import DafengError, Text
from dafeng.pathway.forecast.ensemble import ensemble_of
from dafeng.pathway.forecast.settings import Answer, answer
from dafeng.pathway.terms import ALL_TERMS, NO_TERMS, Terms

if TYPE_CHECKING:
    import pandas as pd

ORDER: tuple[tuple[str, str, str], ...] = (
    ("damping", "强度降幅折半延续", "damped trends"),
    ("effects", "措施效果不确定", "uncertain effects of measures"),
    ("common_delivery", "落实的共同原因", "common causes of delivery"),
    ("discrepancy", "模型误差", "model error"),
    ("readings", "按独立观测加权", "weights by independent readings"),
    ("running", "已落实部分计入趋势", "what is delivered to date"),
    ("overlaps", "措施重叠不重复计算", "overlaps of measures"),
    ("units", "煤电机组按热耗标定", "coal units at their heat rates"),
    ("plants", "分支与其工厂按误差调和", "branches reconciled with their plants"),
    ("projects", "未建成项目按概率投产", "projects by their odds"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """Result after one more change: `change` since the step before, by scenario, as a difference of chances."""

    id: str
    name_zh: str
    name_en: str
    answer: Answer
    change: dict[str, float]


def setting(text: str) -> tuple[Case, Terms]:
    """Parse a case and terms from `CASE` (all terms), `CASE@none`, or `CASE@damping,effects`.

    Parameters
    ----------
    text
        Name or folder of a case, with its terms after `@`.

    Returns
    -------
    Case and terms.

    Raises
    ------
    DafengError
        For an unknown term, or a case that does not load.
    """
    name, at, listed = text.partition("@")
    if not at:
        return load(name), ALL_TERMS
    wanted = [] if listed == "none" else [term.strip() for term in listed.split(",")]
    known = [term for term, _, _ in ORDER]
    unknown = [term for term in wanted if term not in known]
    if unknown:
        raise DafengError.at(
            text, ", ".join(unknown) or "–", f"none, {', '.join(known)}",
            Text("写作 案例@damping,effects；不写 @ 为全部", "write CASE@damping,effects; without @ all terms count"),
        )  # fmt: skip
    return load(name), replace(NO_TERMS, **dict.fromkeys(wanted, True))


MOST_DRIVERS = 8
"""Changed drivers up to which each has a step of its own."""


PROJECTS = "projects"


class _Mixed:
    """A case some of whose tables are replaced."""

    def __init__(self, old: Case, tables: "Mapping[str, pd.DataFrame]") -> None:
        self._old, self._tables = old, tables

    def table(self, name: str) -> "pd.DataFrame":
        return self._tables[name] if name in self._tables else self._old.table(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._old, name)


def bridge(
    old: tuple[Case, Terms], new: tuple[Case, Terms], samples: int, seed: int, horizon: int
) -> Iterator[Step]:
    """Compute the result of `old`, then that after each change in the stated order, up to that of `new`;
    steps without change are left out.

    Parameters
    ----------
    old
        Case and terms that the bridge starts from.
    new
        Case and terms that it ends at.
    samples
        Rows of the ensemble.
    seed
        Seed of the run.
    horizon
        Last year in which a peak is looked for.

    Yields
    ------
    Steps in order, each with the result after its change.

    Raises
    ------
    DafengError
        Where a case does not compile.
    """
    (case, terms), (target, wanted) = old, new
    account = target.city.headline_account
    known = inventories.build(case)
    found = _answer(case, known, terms, samples, seed, horizon, account)
    yield Step("old", f"起点:{case.name}", f"start: {case.name}", found, dict.fromkeys(found.chance, 0.0))
    steps: list[tuple[str, str, str, Case, inventories.Inventory, Terms]] = []
    for term, zh, en in ORDER:
        if getattr(terms, term) != getattr(wanted, term):
            terms = replace(terms, **{term: getattr(wanted, term)})
            steps.append((term, zh, en, case, known, terms))
    if case.hashes != target.hashes:
        mixed: Any
        for id_, zh, en, tables in _tables(case, target):
            mixed = _Mixed(case, tables)
            steps.append((id_, zh, en, mixed, known, terms))
        steps.append(
            (
                "inventory",
                "清单和其余数据",
                "inventory and other data",
                target,
                inventories.build(target),
                terms,
            )
        )
    for id_, zh, en, place, base, now in steps:
        after = _answer(place, base, now, samples, seed, horizon, account)
        change = {name: value - found.chance[name] for name, value in after.chance.items()}
        yield Step(id_, zh, en, after, change)
        found = after


def _tables(old: Case, new: Case) -> "Iterator[tuple[str, str, str, dict[str, pd.DataFrame]]]":
    """Replaced tables step by step: each changed driver, the other drivers, measures, plants by branch, projects; unchanged ones are left out."""
    import pandas as pd

    before, after = old.table("drivers"), new.table("drivers")
    tables: dict[str, pd.DataFrame] = {}
    parts = {name: [frame[frame["id"] == name] for frame in (before, after)] for name in after["id"].unique()}
    changed = [
        str(name) for name, (was, now) in parts.items()
        if len(was) and not _numbers(was).equals(_numbers(now))
    ]  # fmt: skip
    if len(changed) <= MOST_DRIVERS:
        mixed = before
        for name in changed:
            mixed = pd.concat([mixed[mixed["id"] != name], parts[name][1]], ignore_index=True)
            tables = {"drivers": mixed}
            yield f"drivers:{name}", f"驱动因素 {name}", f"driver {name}", tables
    tables = {"drivers": after, "correlations": new.table("correlations")}
    if (
        set(before["id"]) != set(after["id"])
        or len(changed) > MOST_DRIVERS
        or not _same("correlations", old, new)
    ):
        yield "drivers", "驱动因素表", "table drivers", tables
    if not (_same("measures", old, new) and _same("overlaps", old, new)):
        tables = tables | {name: new.table(name) for name in ("measures", "overlaps")}
        yield "measures", "措施表", "table measures", tables
    for id_, zh, en, plants in _plants(old.table("plants"), new.table("plants")):
        tables = tables | {"plants": plants}
        yield id_, zh, en, tables


def _plants(old: "pd.DataFrame", new: "pd.DataFrame") -> "Iterator[tuple[str, str, str, pd.DataFrame]]":
    """Replaced plants branch by branch, at last the projects; rows that say nothing of energy come with the first."""
    import pandas as pd

    def groups(frame: pd.DataFrame) -> pd.Series:
        branch = frame["branch"].where(frame["branch"] != "", "power").astype(object)
        return branch.where(frame["odds"].isna(), PROJECTS)

    was, now = groups(old), groups(new)
    speaking = pd.concat([frame[frame["intensity"].notna()] for frame in (old, new)])
    counted = {PROJECTS, "power", *groups(speaking)}
    names = [name for name in dict.fromkeys([*now, *was]) if name in counted]
    mixed = pd.concat([old[was.isin(counted)], new[~now.isin(counted)]], ignore_index=True)
    for name in sorted(names, key=lambda one: one == PROJECTS):
        before, after = old[was == name], new[now == name]
        if _numbers(before).reset_index(drop=True).equals(_numbers(after).reset_index(drop=True)):
            continue
        mixed = pd.concat([mixed[groups(mixed) != name], after], ignore_index=True)
        if name == PROJECTS:
            yield name, "未建成项目", "projects", mixed
        else:
            yield f"plants:{name}", f"工厂 {name}", f"plants {name}", mixed


def _numbers(rows: "pd.DataFrame") -> "pd.DataFrame":
    """Columns of a driver or plant that the model reads."""
    texts = ["basis", "source", "grade", "note", "output_source", "intensity_source"]
    return rows.drop(columns=[name for name in texts if name in rows]).reset_index(drop=True)


def _same(name: str, old: Case, new: Case) -> bool:
    return old.table(name).reset_index(drop=True).equals(new.table(name).reset_index(drop=True))


def _answer(
    case: Case,
    inventory: inventories.Inventory,
    terms: Terms,
    samples: int,
    seed: int,
    horizon: int,
    account: str,
) -> Answer:
    from dafeng.pathway.run_case import compile_model

    model = compile_model(case, inventory, terms=terms)
    return answer(model, ensemble_of(model, samples, seed, account, terms), account, horizon, seed, terms)
