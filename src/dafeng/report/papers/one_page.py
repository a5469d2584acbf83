"""Page for the mayor (一页纸): the answer, lights by task and owner, change since last year, three decisions; one A4."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dafeng.evidence import Language
from dafeng.pathway import PLAN
from dafeng.report.assessed import Assessed
from dafeng.report.control_wording import amount_text, control_sentence, ordered_paths
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.papers.references import References
from dafeng.report.summary import Summary, TargetVerdict
from dafeng.report.texts import text
from dafeng.report.wording import chance, emissions, headline

ZH = Language.ZH
DECISIONS = 3
NAMED, CHANGES = 5, 3
"""Tasks named for a light, and changed targets named; the others are counted."""
LIGHTS = {
    "red": ("missed",), "yellow": ("at_risk", "behind_path"), "green": ("met", "on_path"), "grey": ("cannot_be_judged",),
}  # fmt: skip
"""Light → verdicts; a task has the light of its worst target."""
_ORDER = ("red", "yellow", "green", "grey")
_LOUD = ("red", "yellow")


class Named(Protocol):
    """What has a name in both languages."""

    @property
    def name_zh(self) -> str: ...
    @property
    def name_en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TaskLight:
    """Light of one task: that of its worst target that is judged, with owner and title."""

    task: str
    light: str
    owner: str
    what: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Decision that is asked for: what, why, who; `reference` is the place in summary.json of what it rests on."""

    kind: str
    what: str
    why: str
    who: str
    reference: str


def task_lights(summary: Summary, language: Language = ZH) -> list[TaskLight]:
    """Return the light of each task of the plan: red, yellow, green, or grey where none of its targets is judged.

    Parameters
    ----------
    summary
        Summary of a run.
    language
        Language of the years.

    Returns
    -------
    Lights, the worst first.
    """
    worst: dict[str, TaskLight] = {}
    owners = {row.id: row.departments for row in (summary.attribution.tasks if summary.attribution else [])}
    for target in summary.targets:
        light = next(name for name, statuses in LIGHTS.items() if target.status in statuses)
        departments = target.departments or owners.get(target.locator, [])
        one = TaskLight(target.locator, light, departments[0] if departments else "", _what(target, language))
        known = worst.get(target.locator)
        if known is None or _rank(one.light) < _rank(known.light):
            worst[target.locator] = one
    return sorted(worst.values(), key=lambda one: _rank(one.light))


def _rank(light: str) -> int:
    return _ORDER.index(light)


def _what(target: TargetVerdict, language: Language) -> str:
    if target.year is None:
        return target.indicator
    return text("paper.of_year", language, name=target.indicator, year=target.year, value="")


def changes_since(before: Summary | None, summary: Summary, language: Language = ZH) -> list[str] | None:
    """Return what changed since an earlier summary, one text a change; None without one.

    Parameters
    ----------
    before
        Summary of the year before.
    summary
        Summary of this year.
    language
        Language of the texts.
    """
    if before is None:
        return None
    earlier = {(row.locator, row.indicator, row.year): row.status for row in before.targets}
    changed = [
        text("paper.changed", language, what=_what(row, language), before=text(f"status.{was}", language), after=text(f"status.{row.status}", language))
        for row in summary.targets
        if (was := earlier.get((row.locator, row.indicator, row.year), row.status)) != row.status
    ]  # fmt: skip
    found = changed[:CHANGES]
    if len(changed) > CHANGES:
        found.append(text("paper.more_changes", language, count=len(changed) - CHANGES))
    if not (before.withheld or summary.withheld):
        first, now = (one.peak(PLAN).before_2030.value for one in (before, summary))
        found.append(
            text(
                "paper.chance_changed", language, before=chance(first, language), after=chance(now, language)
            )
        )
    return found


def decisions(summary: Summary, language: Language = ZH) -> list[Decision]:
    """Return the three decisions that are most pressing: one of each kind first, then further ones.

    Kinds in their order: budgets that are exceeded, red counties, targets that a measure would close, bodies with
    overdue replies, tasks with the largest reduction.

    Parameters
    ----------
    summary
        Summary of a run.
    language
        Language of the texts.
    """
    groups = _groups(summary, language)
    taken: list[Decision] = []
    depth = 0
    while len(taken) < DECISIONS and any(depth < len(group) for group in groups):
        taken += [group[depth] for group in groups if depth < len(group)]
        depth += 1
    return taken[:DECISIONS]


def _groups(summary: Summary, language: Language) -> list[list[Decision]]:
    found = summary.assessment
    groups = (
        []
        if found is None
        else [
            list(_budgets(found, language)),
            list(_reds(found, language)),
            list(_open(found, language)),
            list(_late(found, language)),
        ]
    )
    if summary.attribution is None:
        return groups
    ranked = sorted(enumerate(summary.attribution.tasks), key=lambda pair: -pair[1].reduction)
    tasks = [
        Decision(
            "task", text("paper.decide.task", language, task=f"{row.id} {_named(row, language)}"),
            text("paper.decide.task_why", language, amount=emissions(row.reduction, language)),
            row.departments[0] if row.departments else "", f"/attribution/tasks/{at}/reduction",
        )
        for at, row in ranked[:DECISIONS]
    ]  # fmt: skip
    return [*(group for group in groups if group), tasks]


def _budgets(found: Assessed, language: Language) -> Iterator[Decision]:
    for at, row in enumerate(found.budgets):
        if row.left is not None and row.left < 0:
            yield Decision(
                "budget", text("paper.decide.budget", language, name=row.name, year=row.year),
                text("paper.decide.budget_why", language, amount=emissions(-row.left, language)), row.name, f"/assessment/budgets/{at}/left",
            )  # fmt: skip


def _reds(found: Assessed, language: Language) -> Iterator[Decision]:
    reds = [(at, row) for at, row in enumerate(found.lights) if row.colour == "red" and row.in_force and row.basis == "observed"]  # fmt: skip
    if reds:
        names = _listed([_named(row, language) for _, row in reds], NAMED, language)
        yield Decision(
            "red", text("paper.decide.red", language, names=names, what=text(f"warning.{reds[0][1].consequence}", language)),
            text("paper.decide.red_why", language, period=reds[0][1].period, count=len(reds)), names,
            f"/assessment/lights/{reds[0][0]}/colour",
        )  # fmt: skip


def _open(found: Assessed, language: Language) -> Iterator[Decision]:
    for at, row in enumerate(found.open_targets):
        if row.measures:
            best = row.measures[0]
            yield Decision(
                "measure", text("paper.decide.measure", language, measure=_named(best, language)),
                text("paper.decide.measure_why", language, target=f"{row.target} {row.year}", odds=chance(row.odds, language), after=chance(best.odds, language)),
                best.body, f"/assessment/open_targets/{at}/odds",
            )  # fmt: skip


def _late(found: Assessed, language: Language) -> Iterator[Decision]:
    for at, row in enumerate(found.late):
        yield Decision(
            "late", text("paper.decide.late", language, body=row.body, count=row.overdue),
            text("paper.decide.late_why", language, days=row.longest, period=row.period), row.body, f"/assessment/late/{at}/overdue",
        )  # fmt: skip


def _named(one: Named, language: Language) -> str:
    return one.name_zh if language is ZH or not one.name_en else one.name_en


def one_page(summary: Summary, day: str, body: str = "", before: Summary | None = None) -> OfficialPaper:
    """Write the page for the mayor: the answer, lights by task and owner, change since last year, three decisions.

    Parameters
    ----------
    summary
        Summary of a run.
    day
        Day of the paper.
    body
        Body that signs.
    before
        Summary of the year before, to compare with.

    Returns
    -------
    Paper of one page.
    """
    title = text("paper.title.one_page", ZH, city=summary.place.name_zh)
    paper = OfficialPaper(title, compact=True).marked(summary.synthetic)
    references = References()
    paper.paragraph(_answer(summary, references))
    _control(paper, summary, references)
    _lights(paper, summary)
    _changes(paper, changes_since(before, summary))
    rows = [
        (str(number), one.what, references.mark(one.why, one.reference), one.who or "—")
        for number, one in enumerate(decisions(summary), start=1)
    ]
    paper.paragraph(text("paper.decisions", ZH, count=len(rows)))
    heads = ("paper.head.decision", "paper.head.reason", "paper.head.owner")
    paper.table(("", *(text(head, ZH) for head in heads)), rows, (8, 60, 58, 30))
    paper.references = list(references.listed)
    paper.note(text("paper.references", ZH, listed=" ".join(f"[{number}] {pointer}" for number, _, pointer in references.as_table())))  # fmt: skip
    paper.signature(body, day)
    return paper


def _answer(summary: Summary, references: References) -> str:
    if summary.withheld:
        return headline(summary, ZH)
    at = summary.peaks.index(summary.peak(PLAN))
    return references.mark(headline(summary, ZH), f"/peaks/{at}/before_2030/value")


def _control(paper: OfficialPaper, summary: Summary, references: References) -> None:
    """Add the main aim of CO2 of the newest period."""
    found = summary.assessment
    for path in ordered_paths(found):
        main = next((one for one in path.aims if one.id == path.aim), None)
        if found is not None and path.quantity == "co2" and main is not None:
            pointer = (
                f"/assessment/dual_control/{found.dual_control.index(path)}/aims/{path.aims.index(main)}"
            )
            paper.paragraph(references.mark(control_sentence(path, main, summary.place.as_of, ZH), pointer))
            return


def _lights(paper: OfficialPaper, summary: Summary) -> None:
    lights = task_lights(summary)
    rows = []
    for light in _ORDER:
        own = [one for one in lights if one.light == light]
        named = (
            _listed([f"{one.task} {one.what}（{one.owner or '—'}）" for one in own], NAMED)
            if light in _LOUD
            else ""
        )
        rows.append((text(f"paper.light.{light}", ZH), str(len(own)), named))
    found = summary.assessment
    if found is not None and found.budgets:
        left = [
            text(
                "paper.of_year", ZH, name=row.name, year=row.year,
                value="NE" if row.left is None else amount_text("co2", row.left, ZH),
            )
            for row in found.budgets if row.level == "city"
        ]  # fmt: skip
        rows.append((text("paper.light.budget", ZH), str(len(found.budgets)), _listed(left, 2)))
    heads = ("paper.head.light", "paper.head.tasks", "paper.head.task_and_owner")
    paper.table([text(head, ZH) for head in heads], rows, (32, 16, 108))


def _changes(paper: OfficialPaper, changes: Sequence[str] | None) -> None:
    if changes is None:
        paper.paragraph(text("paper.no_year_before", ZH))
    else:
        paper.paragraph(text("paper.changes", ZH, changes="；".join(changes) or text("paper.no_change", ZH)))


def _listed(names: Sequence[str], most: int, language: Language = ZH) -> str:
    """Return at most `most` names, and how many there are."""
    between = "；" if language is ZH else "; "
    if len(names) <= most:
        return between.join(names)
    return text("paper.and_more", language, names=between.join(names[:most]), count=len(names))
