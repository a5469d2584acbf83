"""The case of the office, loaded once per release of its folder in each process."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from dafeng.case import Case, proposal_doubts
from dafeng.evidence import Finding
from dafeng.web.office.people.acts import office
from dafeng.web.office.people.setup import case_of, case_path

if TYPE_CHECKING:
    from dafeng.assessment import Verdict


def _stamp(name: str) -> float:
    """Return the newest time of a file of the case: a changed folder is loaded anew."""
    folder = settings.WORKSPACE.releases / name
    return max((path.stat().st_mtime for path in folder.rglob("*") if path.is_file()), default=0.0)


@lru_cache(maxsize=4)
def _loaded(name: str, root: str, stamp: float) -> Case:  # noqa: ARG001 - part of the key
    return case_of(name)


@lru_cache(maxsize=4)
def _judged(name: str, root: str, stamp: float) -> "tuple[Verdict, ...]":
    from dafeng.assessment import judge_case

    return tuple(judge_case(_loaded(name, root, stamp), None))


def case_of_office() -> str:
    """Return the name of the case that the office works with; "" before it is set up."""
    found = office()
    return found.case if found is not None else ""


def case_stamp() -> tuple[str, str, float]:
    """Return name, workspace and newest time of the case: what an answer about it may be kept under."""
    name = case_of_office()
    return name, str(settings.WORKSPACE.root), _stamp(name)


def current_case() -> Case:
    """Return the case that the office works with."""
    return case_named(case_of_office())


def case_named(name: str) -> Case:
    """Return a case by its name: a release of the workspace, or a bundled one."""
    return _loaded(name, str(settings.WORKSPACE.root), _stamp(name))


def doubts_of(proposal: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the implausible figures that a proposed cell would add to the case of the office.

    Raises
    ------
    DafengError
        Where the proposal fits no row or the case does not load with it.
    """
    return _doubts(*case_stamp(), *(str(proposal[name]) for name in ("table", "key", "column", "value")))


@lru_cache(maxsize=256)
def _doubts(
    name: str, root: str, stamp: float, table: str, key: str, column: str, value: str  # noqa: ARG001 - part of the key
) -> tuple[Finding, ...]:  # fmt: skip
    return proposal_doubts(
        case_path(name), {"table": table, "key": key, "column": column, "value": value, "reason": ""}
    )


def observed_verdicts() -> "tuple[Verdict, ...]":
    """Return the verdicts on the plan's targets by observations alone."""
    return _judged(*case_stamp())
