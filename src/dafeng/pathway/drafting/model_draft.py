"""Draft of the annual model of a case that was started from a plan."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from dafeng import inventory as inventories
from dafeng.case import (
    INHERITED_PLANS,
    ISSUED_PLAN,
    Case,
    OwnCell,
    add_own_cells,
    citation,
    is_indexed,
    load,
    rewritten,
    take_plan,
)
from dafeng.evidence import DafengError, Text
from dafeng.inventory import Inventory
from dafeng.pathway.compile.readiness import check_ready
from dafeng.pathway.drafting.measures_of_plan import COLUMNS, Unquantified, draft_measures
from dafeng.pathway.drafting.place_trajectories import place_trajectories
from dafeng.pathway.drafting.trajectories import LENDER, Wanted, draft_trajectories, lent_note
from dafeng.plan import Plan

SOURCE = "typical-effects"
LEAST_OF_A = 0.1
"""Account A over B below which an exporter of power is judged on account B [1]."""
_CITATION = "典型效果库:同类措施的常见幅度,E级假定,待本地项目数据替换 · typical effects of measures, assumptions to be replaced by local projects"
_CORRELATIONS = """\
first,second,value,basis,source,grade,note
base.*,base.*,0.8,"shares of one place in its province err together: the spread is that of its total",national-default,E,
fuel_intensity.*,fuel_intensity.*,0.5,"branches share technology, prices and policy",national-default,E,
electricity_intensity.*,electricity_intensity.*,0.5,as fuel_intensity,national-default,E,
elasticity.*,elasticity.*,0.3,branches share the structure of growth,national-default,E,
"""
_SCENARIOS = """\
# 起草 · draft
policy-carried-on:
  title_zh: 政策延续
  title_en: Policy as carried on
  delivery: {default: 0}
plan:
  title_zh: 方案
  title_en: Plan
  delivery: {default: 1}
plan-half:
  title_zh: 方案完成一半
  title_en: Plan half delivered
  delivery: {default: 0.5}
"""


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """What was drafted: measures from the plan's figures and from typical effects; what stays NE; whether a run starts."""

    from_figures: tuple[str, ...]
    typical: tuple[str, ...]
    unquantified: tuple[Unquantified, ...]
    wanted: tuple[Wanted, ...]
    lent_rows: int
    lender: str
    missing: str
    """What a run still lacks, in words; "" where it starts."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how many measures come from figures, how many from typical effects, and how many are left NE."""
        return {
            "figures": len(self.from_figures),
            "typical": len(self.typical),
            "left": len(self.unquantified),
        }


def draft_model(folder: str | Path, source: str | None = None) -> ModelDraft:
    """Write measures.csv, drivers.csv and scenarios.yaml into the folder of a case that has a plan and no model yet.

    Parameters
    ----------
    folder
        Folder of the case, as `dafeng.case.start_from_plan` or `dafeng.case.draft_unit` leaves it.
    source
        Id of the plan in sources.csv; None: that of the issued plan, or of the plan that a draft inherits.

    Returns
    -------
    What was drafted, and what is NE with whom to ask.

    Raises
    ------
    DafengError
        Where the case has no plan, or measures or drivers of its own.
    """
    case = load(folder)
    if case.plan is None:
        raise DafengError.at(
            f"{case.name}/plan.yaml",
            "no plan",
            "a plan",
            Text("用 dafeng case from-plan FILE 起草", "draft it with dafeng case from-plan FILE"),
        )
    for name in ("measures", "drivers"):
        if not case.table(name).empty:
            raise DafengError.at(
                f"{case.name}/{name}.csv", "rows", "no model yet", "take the table out, or edit its rows"
            )
    return _write(case, source)


def is_drafted_model(folder: str | Path) -> bool:
    """Return whether the model of a case is the draft that its tables give: nobody edited it.

    Parameters
    ----------
    folder
        Folder of the case.
    """
    case = load(folder)
    if case.plan is None or case.table("drivers").empty or not is_indexed(case):
        return False
    texts, _ = _texts(case, None)
    files = [Path(case.path) / name for name in texts if name not in ("sources.csv", "city.yaml")]
    return all(file.is_file() and file.read_text(encoding="utf-8") == texts[file.name] for file in files)


def redraft_model(folder: str | Path) -> ModelDraft:
    """Draft the model of a case again from its present tables and plan, in place of the draft before (see `is_drafted_model`).

    Parameters
    ----------
    folder
        Folder of the case.
    """
    return _write(load(folder), None)


def release_own_cells(base: str | Path, out: Path, given: Sequence[OwnCell], name: str) -> tuple[Text, ...]:
    """Write the next release of a drafted case with figures of the place, its model drafted again unless somebody edited it.

    Parameters
    ----------
    base
        The release before, which stays as it is.
    out
        New folder beside it.
    given
        Figures.
    name
        Form that they come from.

    Returns
    -------
    What each figure made possible.

    Raises
    ------
    DafengError
        As `dafeng.case.add_own_cells`; then nothing is written.
    """
    staged = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        shutil.copytree(load(base).path, staged, dirs_exist_ok=True)
        drafted = is_drafted_model(staged)
        done = add_own_cells(staged, given, name)
        if drafted:
            redraft_model(staged)
        staged.chmod(0o755)
        staged.replace(out)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return tuple(done)


def adopt_plan(folder: str | Path, plan: Plan) -> ModelDraft:
    """Put the issued plan of a place into its drafted case and draft the model from it.

    Parameters
    ----------
    folder
        Folder of a case drafted from the national index.
    plan
        Issued plan.

    Raises
    ------
    DafengError
        Where somebody edited the model, whose measures cite the plan before; where the plan names another place.
    """
    case = load(folder)
    if not case.table("drivers").empty and not is_drafted_model(folder):
        raise DafengError.at(
            f"{case.name}/measures.csv", Text("已改动的模型", "a model that was edited"), Text("起草的模型", "the model as drafted"),
            Text("先移出 measures.csv、drivers.csv、scenarios.yaml,加入方案后再合并改动", "take measures.csv, drivers.csv and scenarios.yaml out, add the plan, then merge the edits"),
        )  # fmt: skip
    return _write(take_plan(Path(case.path), plan), None)


def _write(case: Case, source: str | None) -> ModelDraft:
    texts, drafted = _texts(case, source)
    path = Path(case.path)
    # sources first: a break in between leaves a folder that loads
    with rewritten(path, *sorted(texts, key=lambda name: name != "sources.csv")) as staged:
        for name, text in texts.items():
            (staged / name).write_text(text, encoding="utf-8")
        load(staged)
    quantified = bool(drafted.from_figures or drafted.typical)
    return replace(drafted, missing=_missing(load(path), _inventory(case), quantified)) if texts else drafted


def _texts(case: Case, source: str | None) -> tuple[dict[str, str], ModelDraft]:
    """Return the files of the model by name, none where the plan gives no measure, and what was drafted."""
    plan = case.plan
    if plan is None:
        raise AssertionError("checked before")
    inventory = _inventory(case)
    indexed = is_indexed(case)
    source = source or next((id_ for id_ in INHERITED_PLANS if id_ in case.sources), ISSUED_PLAN)
    if indexed and inventory is not None:
        trajectories, cited = place_trajectories(case, inventory)
        wanted: list[Wanted] = []
    else:
        trajectories, cited, wanted = draft_trajectories(case, inventory)
    known = frozenset(trajectories["parameter"].astype(str))
    measures, left = draft_measures(plan, case.city.as_of, source, known)
    if not measures:
        lacks = "measures.csv: 方案没有任务和模型可用的数量 · no task, no figure"
        return {}, ModelDraft((), (), (), tuple(wanted), 0, "", lacks)
    path = Path(case.path)
    used = [row["source"] for row in measures]
    sources = _with_sources(path / "sources.csv", cited, used, trajectories["source"] if indexed else ())
    texts = {
        "measures.csv": _text(measures), "drivers.csv": trajectories.to_csv(index=False, lineterminator="\n"),
        "sources.csv": sources.to_csv(index=False, lineterminator="\n"), "scenarios.yaml": _SCENARIOS,
    }  # fmt: skip
    if indexed:
        texts["correlations.csv"] = _CORRELATIONS
        texts["city.yaml"] = _with_headline((path / "city.yaml").read_text(encoding="utf-8"), case, inventory)
    by_basis = {basis: dict.fromkeys(row["name_zh"] for row in measures if row["effect"] == "quantified" and row["basis"] == basis)
                for basis in ("plan", "estimate")}  # fmt: skip
    lent = int(trajectories["note"].eq(lent_note()).sum())
    drafted = ModelDraft(
        tuple(by_basis["plan"]), tuple(by_basis["estimate"]), tuple(left), tuple(wanted), lent, load(LENDER).city.name_zh, "",
    )  # fmt: skip
    return texts, drafted


def _with_headline(text: str, case: Case, inventory: Inventory | None) -> str:
    """Return city.yaml with account B as the headline where the credit of exported power leaves little of account A."""
    if inventory is None:
        return text
    a, b = (inventory.totals(account, [case.city.base_year])[0].value_t for account in ("A", "B"))
    return text.replace("headline_account: A", "headline_account: B") if a < LEAST_OF_A * b else text


def _inventory(case: Case) -> Inventory | None:
    try:
        return inventories.build(case)
    except DafengError:
        return None


def _missing(case: Case, inventory: Inventory | None, quantified: bool) -> str:
    """Return what a run of the drafted case lacks."""
    if not quantified:
        return "measures.csv: 没有可量化的措施 · no measure with an effect"
    if inventory is None:
        return "energy.csv: 没有基准年能源数据 · no energy of the base year"
    try:
        check_ready(case, inventory)
    except DafengError as error:
        return str(error)
    return ""


def _with_sources(
    file: Path, cited: pd.DataFrame, used: list[str], of_index: Iterable[str] = ()
) -> pd.DataFrame:
    own = pd.read_csv(file, dtype=str, keep_default_na=False)
    lent = load(LENDER).table("sources")
    more = pd.concat([cited, lent[lent["id"].isin(used)]]).drop_duplicates("id").astype(object)
    missing = dict.fromkeys(id_ for id_ in of_index if id_ not in set(own["id"]) | set(more["id"]))
    more = pd.concat([more, pd.DataFrame([citation(id_) for id_ in missing])])
    library = pd.DataFrame([{"id": SOURCE, "citation": _CITATION}])
    library = library[~library["id"].isin(own["id"])]
    rows = pd.concat([own, more[~more["id"].isin(own["id"])], library]).reindex(columns=own.columns)
    return rows.where(rows.notna(), "")


def _text(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()
