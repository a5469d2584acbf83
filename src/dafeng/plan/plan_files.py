"""Reader and writer of saved plans: YAML, JSON, and their schema."""

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dafeng.evidence import DafengError, Problems, field_problem, parse_yaml, write_atomically
from dafeng.plan.model import Plan


def plan_from_dict(data: Any, where: str = "plan") -> Plan:
    """Build a plan from plain data.

    Parameters
    ----------
    data
        Content of a saved plan.
    where
        Name of the data in problems.

    Raises
    ------
    DafengError
        With every field that does not fit.
    """
    if not isinstance(data, dict):
        found = "an empty file" if data is None else f"a {type(data).__name__}"
        raise DafengError.at(where, found, "a mapping with title, tasks, duties, targets …")
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        problems = Problems()
        for line in error.errors():
            place = ".".join(str(part) for part in line["loc"])
            problems.extend([field_problem(f"{where}:{place}", line)])
        problems.raise_if_any()
        raise
    twice = [locator for locator, count in Counter(task.locator for task in plan.tasks).items() if count > 1]
    if twice:
        raise DafengError.at(
            f"{where}:tasks", f"locators given twice: {', '.join(twice)}", "one task a locator"
        )
    return plan


def load_plan(path: str | Path) -> Plan:
    """Read a saved plan.

    Parameters
    ----------
    path
        File to read: .yaml, .yml, .json.

    Raises
    ------
    DafengError
        Where the file is missing, is not UTF-8, is no YAML or does not fit the model.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DafengError.at(str(file), error.strerror or str(error), "a readable plan file") from error
    except UnicodeDecodeError as error:
        raise DafengError.at(str(file), f"byte {error.start} is not UTF-8", "a UTF-8 file") from error
    problems = Problems()
    data = parse_yaml(str(file), text, problems)
    problems.raise_if_any()
    return plan_from_dict(data, str(file))


def save_plan(plan: Plan, path: str | Path, form: str = "") -> None:
    """Write a plan as YAML or JSON.

    Parameters
    ----------
    plan
        The plan to save.
    path
        File to write.
    form
        json or yaml; without one JSON where the name ends in .json, else YAML.
    """
    file = Path(path)
    as_json = form == "json" or (not form and file.suffix.lower() == ".json")
    with write_atomically(file) as temporary:
        text = plan.to_json() if as_json else plan.to_yaml()
        temporary.write_text(text, encoding="utf-8")


def plan_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a saved plan."""
    return Plan.model_json_schema(by_alias=True, mode="serialization")
