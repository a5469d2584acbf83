"""Sentences on dual control: odds of each aim, what is short, and the rate that the rest of the period requires."""

from dafeng.evidence import Language
from dafeng.pathway.results import EXPECTED
from dafeng.report.assessed import AimOutcome, Assessed, ControlPath
from dafeng.report.texts import text
from dafeng.report.wording import chance, change_percent, emissions, signed_percent, significant

ZH = Language.ZH


def amount_text(quantity: str, value: float, language: Language, unit: bool = True) -> str:
    """Format an amount of a quantity: Mt CO2 as emissions, Mtce as 万吨标准煤 or Mtce.

    >>> amount_text("energy", 19.35, Language.ZH), amount_text("co2", 0.52, Language.EN)
    ('1,935 万吨标准煤', '0.520 Mt')
    """
    if quantity == "co2":
        return emissions(value, language, unit)
    scaled = value * 100 if language is ZH else value
    shown = significant(scaled, 4 if abs(value) >= 10 else 3)
    return f"{shown} {text('control.unit_energy', language)}" if unit else shown


def aim_name(outcome: AimOutcome, language: Language) -> str:
    """Return the name of an aim with its level: assigned, national, or the place that issued it."""
    name = outcome.name_zh if language is ZH else outcome.name_en.partition(" (")[0]
    level = outcome.level if outcome.level in ("assigned", "CN") else "province"
    if outcome.kind == "amount":
        name = text("control.budget", language)
    return text(
        "control.aim_name", language, name=name, level=text(f"control.level.{level}", language),
        bound=text("control.binding" if outcome.binding else "control.expected", language),
    )  # fmt: skip


def control_sentence(path: ControlPath, outcome: AimOutcome, as_of: int, language: Language) -> str:
    """Return the outcome of one aim in a sentence.

    Parameters
    ----------
    path, outcome
        Path and one of its aims.
    as_of
        Last year that was observed.
    language
        Chinese or English.

    Returns
    -------
    Sentence with odds (or the published outcome), median change, and what is short.
    """
    aim = (
        amount_text(path.quantity, outcome.aim, language)
        if outcome.kind == "amount"
        else signed_percent(outcome.aim)
    )
    fields = {
        "name": aim_name(outcome, language), "base": outcome.from_year, "year": outcome.to_year, "aim": aim,
        "change": change_percent(outcome.change.median), "low": change_percent(outcome.change.low),
        "high": change_percent(outcome.change.high), "short": _short(path, outcome, language),
    }  # fmt: skip
    if outcome.reached is not None:
        fields["change"] = change_percent(-(outcome.done or 0.0))
        return text("control.reached" if outcome.reached else "control.missed", language, **fields)
    if not outcome.odds:
        return text("control.withheld", language, **fields)
    odds = outcome.odds.get(EXPECTED, next(iter(outcome.odds.values())))
    kind = "control.past" if outcome.to_year <= as_of else "control.odds"
    if outcome.kind == "amount":
        kind = "control.amount_past" if outcome.to_year <= as_of else "control.amount"
    return text(kind, language, chance=chance(odds, language), **fields)


def _short(path: ControlPath, outcome: AimOutcome, language: Language) -> str:
    kind = "control.short" if outcome.short > 0 else "control.spare"
    return text(kind, language, amount=amount_text(path.quantity, abs(outcome.short), language))


def rest_sentence(path: ControlPath, as_of: int, language: Language) -> str:
    """Return the fall a year that the rest of the period requires; empty without an aim or after its end."""
    known = [row for row in path.years if row.year <= as_of]
    if not known or known[-1].required is None:
        return ""
    row, required = known[-1], known[-1].required
    if row.year == path.from_year:
        return text("control.rest_whole", language, to=path.to_year, required=f"{required:.2%}")
    if required <= 0:
        return text("control.rest_none", language, year=row.year, to=path.to_year)
    return text(
        "control.rest", language, year=row.year, to=path.to_year, done=change_percent(-row.done),
        required=f"{required:.2%}",
    )  # fmt: skip


def control_lines(found: Assessed | None, as_of: int, language: Language) -> list[str]:
    """Return the sentences of every aim, newest period first.

    Parameters
    ----------
    found
        Sections of the assessment.
    as_of
        Last year that was observed.
    language
        Chinese or English.

    Returns
    -------
    One sentence an aim, with the required rate after the main one.
    """
    return [line for path in ordered_paths(found) for line in path_lines(path, as_of, language)]


def path_lines(path: ControlPath, as_of: int, language: Language) -> list[str]:
    """Return a sentence for each aim of a path, with the required rate after the main one; that it has none."""
    if not path.aims:
        quantity = text(f"control.quantity.{path.quantity}", language)
        return [
            text("control.no_aim", language, quantity=quantity, base=path.from_year + 1, year=path.to_year)
        ]
    lines = []
    for outcome in path.aims:
        rest = rest_sentence(path, as_of, language) if outcome.id == path.aim else ""
        parts = [control_sentence(path, outcome, as_of, language), *([rest] if rest else [])]
        lines.append(("" if language is ZH else " ").join(parts))
    return lines


def ordered_paths(found: Assessed | None) -> list[ControlPath]:
    """Return the paths of dual control, newest period first."""
    paths = [] if found is None else found.dual_control
    return sorted(paths, key=lambda path: (-path.to_year, path.quantity))
