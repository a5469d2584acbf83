"""Deductions of dual control: what is outside the assessed energy, each dated, sourced and switchable."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dafeng.assessment.input_tables import read_input_table
from dafeng.evidence import DafengError, Problems, Text, packaged_rows
from dafeng.rules import in_force
from dafeng.tables import Column, Kind, Table

GCE_PER_TCE = 1e6
UNCONFIRMED = "R"
"""Trust of a rule whose document is cited from memory."""
IDS = ("feedstock", "new_renewable", "green_certificates")

TABLE = Table(
    "certificates", "绿证使用表", "green certificates used", "", "",
    (
        Column("number", Kind.TEXT, "绿证编号", "number of the certificate"),
        Column("kwh", Kind.NUMBER, "电量(kWh)", "renewable power", low=0.0),
        Column("holder", Kind.TEXT, "使用单位", "who uses it"),
    ),
    ("number",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Certificate:
    """Green certificate: number, renewable power [kWh], who uses it."""

    number: str
    kwh: float
    holder: str


@dataclass(frozen=True, slots=True)
class Deduction:
    """Deduction that was applied or not: amount [tce], and the reason where it was not."""

    id: str
    zh: str
    en: str
    amount: float
    applied: bool
    reason: Text
    source: str
    trust: str


@dataclass(frozen=True, slots=True)
class AssessedEnergy:
    """Assessed energy [tce]: the total less the deductions that apply."""

    total: float
    assessed: float
    deductions: tuple[Deduction, ...]

    @property
    def confirmed(self) -> bool:
        """Return whether every rule that applied was compared with its original (trust R: it was not)."""
        return all(one.trust != UNCONFIRMED for one in self.deductions if one.applied and one.amount)


def assessed_energy(
    total: float,
    on: date,
    *,
    feedstock: float = 0.0,
    new_renewable_kwh: float = 0.0,
    certificates: Sequence[Certificate] = (),
    rate: float = 300.0,
    without: Collection[str] = (),
) -> AssessedEnergy:
    """Deduct from a total of energy what the rules leave outside.

    Parameters
    ----------
    total, feedstock : float
        Energy at the equivalent value and the part used as feedstock [tce].
    on : date
        Last day of the year: only rules in force apply.
    new_renewable_kwh : float
        Renewable power consumed beyond that of the base year [kWh].
    certificates : sequence of Certificate
        Green certificates used in the year; those that prove the newly added renewable power are not
        deducted a second time (our reading).
    rate : float
        Equivalent value of power [gce/kWh].
    without : collection of str
        Ids of deductions that are switched off.

    Returns
    -------
    AssessedEnergy

    Raises
    ------
    DafengError
        For an unknown deduction, a negative or infinite amount, a certificate used twice, and deductions
        above the total.

    Examples
    --------
    12,000,000 tce, 1,500,000 of it feedstock, and 300,000,000 kWh at 300 gce/kWh leave 10,410,000.

    >>> assessed_energy(12e6, date(2023, 12, 31), feedstock=1.5e6, new_renewable_kwh=3e8).assessed
    10410000.0
    """
    _check(total, feedstock, new_renewable_kwh, certificates, rate, without)
    renewable = 0.0 if "new_renewable" in without else new_renewable_kwh
    certified = sum(one.kwh for one in certificates)
    amounts = {
        "feedstock": feedstock,
        "new_renewable": new_renewable_kwh * rate / GCE_PER_TCE,
        "green_certificates": max(certified - renewable, 0.0) * rate / GCE_PER_TCE,
    }
    listed = []
    for row in packaged_rows("dafeng.assessment", "dual_control/deductions.csv"):
        reason = _reason(row["id"], row["valid_from"], row["valid_to"], on, without)
        listed.append(
            Deduction(
                row["id"],
                row["zh"],
                row["en"],
                amounts[row["id"]],
                not reason,
                reason,
                row["source"],
                row["trust"],
            )
        )
    assessed = total - sum(one.amount for one in listed if one.applied)
    if assessed < 0:
        found = Text(f"扣减后为{assessed:,.0f} tce", f"{assessed:,.0f} tce after deductions")
        raise DafengError.at(
            "assessed_energy",
            found,
            Text("扣减不超过总量", "deductions within the total"),
            Text("核对各项扣减", "check the deductions"),
        )
    return AssessedEnergy(total, assessed, tuple(listed))


def read_certificates(path: Path) -> list[Certificate]:
    """Read green certificates from a CSV file (number, kwh, holder).

    Parameters
    ----------
    path
        CSV file in UTF-8.

    Returns
    -------
    Certificates in the order of the file.

    Raises
    ------
    DafengError
        With every bad cell at once.
    """
    problems = Problems()
    expected = Text("含 number、kwh、holder 列的 CSV", "a CSV with number, kwh, holder")
    frame = read_input_table(TABLE, path, expected, problems)
    problems.raise_if_any()
    return [
        Certificate(str(row["number"]), float(row["kwh"]), str(row["holder"]))
        for row in frame.to_dict("records")
    ]


def _reason(name: str, first: str, end: str, on: date, without: Collection[str]) -> Text:
    if name in without:
        return Text("已关闭", "switched off")
    return Text("", "") if in_force(first, end, on) else Text(f"{on}时尚未施行", f"not in force on {on}")


def _check(
    total: float,
    feedstock: float,
    kwh: float,
    certificates: Sequence[Certificate],
    rate: float,
    without: Collection[str],
) -> None:
    problems = Problems()
    named = {"total": total, "feedstock": feedstock, "new_renewable_kwh": kwh, "rate": rate}
    named |= {f"certificates:{one.number}": one.kwh for one in certificates}
    for name, value in named.items():
        if not 0 <= value < float("inf"):
            problems.add(
                name,
                f"{value:g}",
                Text("非负的有限数", "a finite number of 0 or more"),
                Text("更正数值", "correct the number"),
            )
    for name in sorted(set(without) - set(IDS)):
        problems.add("without", name, Text(f"{'、'.join(IDS)}之一", f"one of {', '.join(IDS)}"))
    numbers = [one.number for one in certificates]
    for twice in sorted({number for number in numbers if numbers.count(number) > 1}):
        holders = ", ".join(one.holder for one in certificates if one.number == twice)
        problems.add(
            f"certificates:{twice}", Text(f"重复使用:{holders}", f"used more than once: {holders}"),
            Text("每张绿证只用一次", "each certificate once"), Text("删除其中一次", "take one of them away"),
        )  # fmt: skip
    problems.raise_if_any()
