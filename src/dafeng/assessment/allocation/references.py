"""References to the parts of a cascade: they hold what the amount is computed from, so that it is computed again."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dafeng.assessment.allocation.inputs import Basis, basis_of_case, read_basis
from dafeng.assessment.allocation.methods import METHODS, TITLES, Settings
from dafeng.assessment.allocation.propose import Cascade, Proposal, propose_many
from dafeng.case import Case, load
from dafeng.evidence import DafengError, Text
from dafeng.inventory import Inventory, build

KIND = "cascade"
RESERVE = "reserve"
FORM = Text(
    "cascade/total=总量,unit=单位/方法/单元,从报告的索引抄录",
    "cascade/total=AMOUNT,unit=UNIT/method/part, copied from the index of the paper",
)
_NUMBERS = ("total", "reserve", "elasticity", "convergence")


@dataclass(frozen=True, slots=True)
class Request:
    """Cascade that was asked for: the total, its unit, the base year of a case, settings and decimals."""

    total: float
    unit: str = "t"
    year: int | None = None
    settings: Settings = field(default_factory=Settings)
    decimals: int = 0

    def reference(self, method: str, part: str) -> str:
        """Return the reference of a part, as papers print it; what is as by default is left out."""
        default = Settings()
        named = {"total": f"{self.total!r}".removesuffix(".0"), "unit": self.unit.replace("/", "∕")}
        named |= {"year": str(self.year)} if self.year else {}
        for name in ("reserve", "elasticity", "convergence"):
            if (value := getattr(self.settings, name)) != getattr(default, name):
                named[name] = repr(value)
        named |= {"decimals": str(self.decimals)} if self.decimals else {}
        options = ",".join(f"{name}={value}" for name, value in named.items())
        return f"{KIND}/{options}/{method}/{part}"


@dataclass(frozen=True, slots=True)
class PartFigure:
    """Amount of a part: value, sentence, and what it was computed from."""

    reference: str
    value: float
    unit: str
    why: Text
    source: str
    release: str
    inputs: dict[str, float]


@dataclass(frozen=True, slots=True)
class Allocated:
    """Cascade with what it was computed from: request, source, its release (or hash of the file), basis; `synthetic`
    where the case is."""

    cascade: Cascade
    request: Request
    source: str
    release: str
    basis: Basis
    synthetic: bool = False


def allocate_source(
    source: str, request: Request, methods: Iterable[str] = tuple(METHODS), case: Case | None = None,
    inventory: Inventory | None = None,
) -> Allocated:  # fmt: skip
    """Allocate what is asked for among the counties of a case, or the parts of a CSV file.

    Parameters
    ----------
    source
        Name or folder of a case, or a CSV file as `read_basis` takes it.
    request
        Total, unit, base year, settings.
    methods
        Methods, all by default.
    case, inventory : optional
        The case where it is loaded already, and its inventory.

    Returns
    -------
    Allocated

    Raises
    ------
    DafengError
        As `propose`, `read_basis`, and for a case that is none.
    """
    [found] = allocate_many(source, [request.total], request, methods, case, inventory)
    return found


def allocate_many(
    source: str, totals: Sequence[float], request: Request, methods: Iterable[str] = tuple(METHODS), case: Case | None = None,
    inventory: Inventory | None = None,
) -> list[Allocated]:  # fmt: skip
    """Allocate each of many totals, as of years or targets, among the same parts.

    Parameters
    ----------
    source, methods, case, inventory
        As `allocate_source`.
    totals : sequence of float
        Totals in the unit of the request.
    request
        Unit, base year, settings; its total is left aside.

    Returns
    -------
    list of Allocated
        One for each total, in its order.

    Raises
    ------
    DafengError
        As `allocate_source`.
    """
    if source.lower().endswith(".csv"):
        basis = read_basis(Path(source))
        release, year, synthetic = (
            f"sha256 {hashlib.sha256(Path(source).read_bytes()).hexdigest()}",
            None,
            False,
        )
    else:
        loaded = case or load(source)
        year, synthetic = request.year or loaded.city.base_year, loaded.city.synthetic
        basis, release = basis_of_case(loaded, inventory or build(loaded), year, request.unit), loaded.release
    asked = replace(request, year=year)
    found = propose_many(
        totals, basis.parts, asked.unit, methods, asked.settings, (basis.floor, basis.ceiling), basis.names, asked.decimals,
    )  # fmt: skip
    return [
        Allocated(one, replace(asked, total=one.total), source, release, basis, synthetic) for one in found
    ]


def explain_part(source: str, reference: str) -> PartFigure:
    """Compute the amount behind a reference again, with what it rests on.

    Parameters
    ----------
    source
        Case or CSV file of the cascade.
    reference
        As papers print it: cascade/total=35000000,unit=t/equal_decline/360402.

    Returns
    -------
    PartFigure

    Raises
    ------
    DafengError
        For another form, a method that cannot be used, a part that is not there.
    """
    request, method, part = _parsed(reference)
    found = allocate_source(source, request, (method,))
    if not found.cascade.proposals:
        raise DafengError.at(reference, found.cascade.unusable[method], FORM)
    [proposal] = found.cascade.proposals
    value, why, row = _of(proposal, part, reference)
    inputs = {}
    if row is not None:
        cells = {name: float(getattr(found.basis.parts, name)[row]) for name in TITLES}
        inputs = {name: value for name, value in cells.items() if value == value}
    return PartFigure(reference, value, request.unit, why, source, found.release, inputs)


def _of(proposal: Proposal, part: str, reference: str) -> tuple[float, Text, int | None]:
    if part == RESERVE:
        return proposal.reserve, Text("预备", "reserve"), None
    for row, line in enumerate(proposal.lines):
        if line.part == part:
            return line.amount, Text(line.why_zh, line.why_en), row
    few = ", ".join((*(line.part for line in proposal.lines), RESERVE))
    raise DafengError.at(reference, part, Text(f"{few}之一", f"one of {few}"))


def _parsed(reference: str) -> tuple[Request, str, str]:
    steps = reference.split("/", 3)
    if len(steps) != len(("kind", "options", "method", "part")) or steps[0] != KIND:
        raise DafengError.at("reference", reference, FORM)
    named: dict[str, Any] = dict(pair.partition("=")[::2] for pair in steps[1].split(","))
    try:
        numbers = {name: float(named[name]) for name in _NUMBERS if name in named}
        whole = {name: int(named[name]) for name in ("year", "decimals") if name in named}
    except ValueError:
        raise DafengError.at("reference", reference, FORM) from None
    if "total" not in numbers or set(named) - {*_NUMBERS, "unit", "year", "decimals"}:
        raise DafengError.at("reference", reference, FORM)
    settings = Settings(**{name: value for name, value in numbers.items() if name != "total"})
    unit = str(named.get("unit", "t")).replace("∕", "/")
    return Request(numbers["total"], unit, whole.get("year"), settings, whole.get("decimals", 0)), steps[2], steps[3]  # fmt: skip
