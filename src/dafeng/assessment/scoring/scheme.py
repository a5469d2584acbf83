"""Scoring schemes as data: the schema of a scheme file, and the check that a scheme can be applied."""

from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dafeng.evidence import DafengError, Problems, field_problem, read_yaml


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A name in Chinese and English."""

    zh: str
    en: str


class Step(_Strict):
    """Step of a ladder: `points` from the value `at` on (included)."""

    at: Decimal
    points: Decimal


class Over(_Strict):
    """Bonus: `points` for each whole `step` above 1, at most `most`."""

    step: Annotated[Decimal, Field(gt=0)]
    points: Decimal
    most: Decimal


class Ladder(_Strict):
    """Points by the step that the value reaches; below the last step none; a bonus above 1."""

    kind: Literal["ladder"]
    statistic: str
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    over: Over | None = None


class Proportional(_Strict):
    """Completion × points, at least 0 and at most the points of the item."""

    kind: Literal["proportional"]
    statistic: str


class Matrix(_Strict):
    """Points by two criteria; a criterion is met where its statistic is 1 or more."""

    kind: Literal["matrix"]
    first: str
    second: str
    both: Decimal
    first_only: Decimal
    second_only: Decimal
    neither: Decimal


class Grades(_Strict):
    """Points by the grade of another assessment."""

    kind: Literal["grades"]
    statistic: str
    points: dict[str, Decimal]


class Reviewed(_Strict):
    """Points that a reviewer gives, between 0 and the points of the item."""

    kind: Literal["reviewed"]
    statistic: str


Rule = Annotated[Ladder | Proportional | Matrix | Grades | Reviewed, Field(discriminator="kind")]


class Veto(_Strict):
    """Veto: the whole assessment fails where the statistic is below `below` or above `above`."""

    statistic: str
    below: Decimal | None = None
    above: Decimal | None = None


class Item(_Strict):
    """Scored item of a scheme."""

    id: str
    zh: str
    en: str
    points: Annotated[Decimal, Field(gt=0)]
    rule: Rule
    evidence: bool = False


class Personalisation(_Strict):
    """Personalisation factor of an item.

    Where the body has `attribute` = `value`, the item counts `factor` of its points; the smallest factor
    applies.
    """

    item: str
    attribute: str
    value: str
    factor: Annotated[Decimal, Field(ge=0, le=1)]
    zh: str
    en: str


class GradeFrom(_Strict):
    """A grade from a score on (included)."""

    at: Decimal
    zh: str
    en: str


class Scheme(_Strict):
    """Scoring scheme, as published or as the city issues it."""

    id: str
    zh: str
    en: str
    source: str
    trust: Literal["S", "P", "N", "R", "A"]
    valid_from: date
    valid_to: date | None = None
    total: Decimal
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    vetoes: tuple[Veto, ...] = ()
    personalisation: tuple[Personalisation, ...] = ()
    grades: tuple[GradeFrom, ...] = ()
    failed: Text

    @property
    def statistics(self) -> tuple[str, ...]:
        """Return the names of all statistics that the scheme reads."""
        names: dict[str, None] = {}
        for item in self.items:
            rule = item.rule
            names.update(
                dict.fromkeys((rule.first, rule.second) if isinstance(rule, Matrix) else (rule.statistic,))
            )
        names.update(dict.fromkeys(veto.statistic for veto in self.vetoes))
        return tuple(names)


def scheme_names() -> list[str]:
    """Return the ids of the schemes in the package."""
    folder = files("dafeng.assessment") / "scoring" / "schemes"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")
    )


def load_scheme(name: str) -> Scheme:
    """Return the packaged scheme `name`, or the scheme in the YAML file of that path.

    Parameters
    ----------
    name
        Name of a packaged scheme, or path.

    Returns
    -------
    Checked scheme.

    Raises
    ------
    DafengError
        For a file that is not as the schema, weights that do not add up to the total, steps out of order, an
        item given twice, points of a rule above those of its item, and vetoes that no value can pass.
    """
    return _packaged(name) if name in scheme_names() else _read(Path(name))


@cache
def _packaged(name: str) -> Scheme:
    return _read(Path(str(files("dafeng.assessment") / "scoring" / "schemes" / f"{name}.yaml")))


def _read(path: Path) -> Scheme:
    if not path.is_file():
        raise DafengError.at(
            str(path), "no such scheme", f"a YAML file, or one of {', '.join(scheme_names())}"
        )
    content: dict[str, Any] = read_yaml(path, "a scoring scheme")
    try:
        # numbers as they are written, so that 0.1 is one tenth
        scheme = Scheme.model_validate(_exact(content))
    except ValidationError as error:
        problems = Problems()
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            problems.extend([field_problem(f"{path.name}:{where}", one)])
        problems.raise_if_any()
        raise
    check_scheme(scheme, path.name)
    return scheme


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_exact(inner) for inner in value]
    return str(value) if isinstance(value, float) else value


def check_scheme(scheme: Scheme, place: str) -> None:
    """Check a scheme as a whole. Raises: DafengError with all problems at once."""
    problems = Problems()
    _check_items(scheme, place, problems)
    _check_vetoes(scheme, place, problems)
    for one in scheme.personalisation:
        if one.item not in {item.id for item in scheme.items}:
            problems.add(f"{place}:personalisation", one.item, "an item of the scheme")
    levels = [grade.at for grade in scheme.grades]
    if levels != sorted(set(levels), reverse=True):
        problems.add(f"{place}:grades", ", ".join(map(str, levels)), "falling scores, each once")
    if scheme.valid_to is not None and scheme.valid_to <= scheme.valid_from:
        problems.add(f"{place}:valid_to", str(scheme.valid_to), f"a day after {scheme.valid_from}")
    problems.raise_if_any()


def _check_items(scheme: Scheme, place: str, problems: Problems) -> None:
    sum_ = sum((item.points for item in scheme.items), Decimal(0))
    if sum_ != scheme.total:
        problems.add(f"{place}:items", f"points that add up to {sum_}", str(scheme.total), f"the difference is {scheme.total - sum_}")  # fmt: skip
    ids = [item.id for item in scheme.items]
    for twice in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        problems.add(f"{place}:items", f"{twice} {ids.count(twice)} times", "each item once")
    for item in scheme.items:
        if (top := _most(item.rule)) is not None and top > item.points:
            problems.add(
                f"{place}:items:{item.id}", f"a rule of up to {top} points", f"at most {item.points}"
            )
        if isinstance(item.rule, Ladder):
            steps = [step.at for step in item.rule.steps]
            points = [step.points for step in item.rule.steps]
            if steps != sorted(set(steps), reverse=True) or points != sorted(points, reverse=True):
                problems.add(f"{place}:items:{item.id}:steps", ", ".join(map(str, steps)), "falling values with falling points")  # fmt: skip


def _most(rule: Rule) -> Decimal | None:
    if isinstance(rule, Ladder):
        return max(step.points for step in rule.steps)
    if isinstance(rule, Matrix):
        return max(rule.both, rule.first_only, rule.second_only, rule.neither)
    if isinstance(rule, Grades):
        return max(rule.points.values())
    return None


def _check_vetoes(scheme: Scheme, place: str, problems: Problems) -> None:
    for name in {veto.statistic for veto in scheme.vetoes}:
        own = [veto for veto in scheme.vetoes if veto.statistic == name]
        low = max((veto.below for veto in own if veto.below is not None), default=None)
        high = min((veto.above for veto in own if veto.above is not None), default=None)
        if low is None and high is None:
            problems.add(f"{place}:vetoes:{name}", "a veto without a bound", "below or above")
        elif low is not None and high is not None and low > high:
            problems.add(f"{place}:vetoes:{name}", f"below {low} and above {high} both fail", "vetoes that some value passes")  # fmt: skip
