"""Tables of `dafeng pathway` in 80 columns: readable names, units of Chinese statistics."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dafeng.cli import words
from dafeng.cli.terminal import compact

if TYPE_CHECKING:
    from rich.table import Table

    from dafeng.pathway import (
        CostCurve,
        Drivers,
        Gap,
        History,
        Model,
        Origin,
        ParameterKind,
        Point,
        Scenario,
        Score,
    )
    from dafeng.pathway.results import Attribution

# from the model's unit to that of the statistics: divisor, unit
READABLE: Mapping[str, tuple[float, str]] = {
    "t": (1e4, words.word("10_t_2")),
    "tCO2": (1e4, words.word("10_t_2")),
    "tce": (1e4, words.word("10_tce_2")),
    "MW": (10.0, words.word("10_kw")),
    "MWh": (1e5, words.word("10_kwh")),
    "persons": (1e4, words.word("10_persons")),
    "1": (0.01, "%"),
}
FACTORS: Mapping[str, str] = {
    "population": words.word("population"),
    "gdp": words.word("gdp"),
    "gdp_per_person": words.word("gdp_per_head"),
    "energy_per_gdp": words.word("energy_per_gdp"),
    "co2_per_energy": words.word("emissions_per_energy"),
    "intensity": words.word("emissions_per_gdp"),
}
KINDS: Mapping[str, str] = {
    "measure": words.word("measure"),
    "task": words.word("task"),
    "department": words.word("department"),
    "county": words.word("county"),
}
SHOWN_YEARS = 6


def amount(value: float, unit: str, digits: int = 4) -> tuple[str, str]:
    """Format a number of the model in the reader's unit, and return the unit.

    >>> amount(9_270.0, "MW"), amount(0.017, "1"), amount(3.21e7, "t"), amount(4450.0, "h")
    (('927', '万千瓦'), ('1.7', '%'), ('3,210', '万吨'), ('4,450', 'h'))
    """
    from dafeng.report import significant

    divisor, name = READABLE.get(unit, (1.0, unit))
    number = significant(value / divisor, digits)
    return number.rstrip("0").rstrip(".") if "." in number else number, name


def scoped(title: str) -> str:
    """Return `title` with a branch in its last brackets by its Chinese name."""
    from dafeng.evidence import Language
    from dafeng.report import scoped as in_language

    return in_language(title, Language.ZH)


def measure_names(model: "Model") -> Mapping[str, str]:
    return {measure.id: measure.name_zh for measure in model.measures}


def chosen_years(years: Sequence[int]) -> list[int]:
    """Return all years where they fit on a line; else the ends and those divisible by five.

    >>> chosen_years(range(2020, 2036))
    [2020, 2025, 2030, 2035]
    """
    if len(years) <= SHOWN_YEARS:
        return list(years)
    found = [year for year in years if year in (years[0], years[-1]) or year % 5 == 0]
    return found if len(found) <= SHOWN_YEARS else [*found[: SHOWN_YEARS - 1], found[-1]]


def scenario_title(name: str, point: "Scenario") -> str:
    """Return the name of a scenario as the page has it, with its settings; that of the case where the page has none."""
    from dafeng.report import name as named

    base, bracket, settings = name.partition("[")
    shown = named("scenario", base, words.language())
    return f"{shown}{bracket}{settings}" if shown != base else words.plain(point.title_zh, point.title_en)


def scenarios(found: Sequence["Point"], years: Sequence[int], titles: Mapping[str, str]) -> "Table":
    from rich.markup import escape

    from dafeng.report import tens

    shown = chosen_years(years)
    narrow = words.words("past_maximum_exceeded", "peak_year_5_95")
    columns = (
        words.word("scenario"),
        # over its single letter, so that the names of scenarios stay on one line
        words.word("account_narrow").replace(" ", "\n"),
        *map(str, shown),
        # on two lines: eight columns have to fit a terminal of 80
        *(title.replace(" ", "\n") for title in narrow),
        "P(<2030)",
    )
    table = compact(*columns, figures=range(2, len(columns)))
    # two blanks between columns, so that the names of scenarios have room
    table.padding = (0, 1, 0, 0)
    for point in found:
        for account, band in point.bands.items():
            low, middle, high = point.peak_year[account]
            cells = [f"{band.median[years.index(year)] / 1e4:,.0f}" for year in shown]
            peak = "–" if middle != middle else f"{middle:.0f} ({low % 100:02.0f}–{high % 100:02.0f})"
            exceeded, chance = (
                "–" if share != share else tens(share)
                for share in (point.past_exceeded[account], point.before_2030[account])
            )
            # settings stand in brackets, which rich would take for a style and leave out
            table.add_row(escape(titles.get(point.name, point.name)), account, *cells, exceeded, peak, chance)
    return table


def shares(found: "Attribution", top: int) -> "Table":
    table = compact(
        *words.words("kind", "name", "10_t_2", "standard_error", "first_in", "last_in"), figures=(2, 3, 4, 5)
    )
    for kind, group in zip(
        KINDS, (found.measures, found.tasks, found.departments, found.counties), strict=True
    ):
        for share in group[:top]:
            tonnes, error = (f"{100 * value:.2f}" for value in (share.reduction, share.standard_error))
            ends = ("" if x is None else f"{100 * x:.2f}" for x in (share.first_in, share.last_in))
            table.add_row(KINDS[kind], share.name_zh, tonnes, error, *ends)
        table.add_section()
    return table


def effects(found: "Drivers") -> "Table":
    table = compact(*words.words("factor_2", "10_t_2"), "5 %", "95 %", figures=(1, 2, 3))
    for name, effect in found.effect_t.items():
        values = (effect, found.low_t[name], found.high_t[name])
        table.add_row(_factor(name), *("–" if value != value else f"{value / 1e4:+,.1f}" for value in values))
    return table


def _factor(name: str) -> str:
    from dafeng.evidence import Language
    from dafeng.report import name as named

    head, _, scope = name.partition(": ")
    if not scope:
        return FACTORS.get(name) or named("factor", name, Language.ZH)
    return f"{FACTORS.get(head, head)}:{named('branch', scope, Language.ZH)}"


def influences(rows: Sequence[tuple[str, Sequence[str], str, str]], *columns: str) -> "Table":
    """Return rows of (name, figures, grade, source)."""
    table = compact(
        words.word("input"), *columns, *words.words("grade", "source"), figures=range(1, 1 + len(columns))
    )
    for title, figures, grade, source in rows:
        table.add_row(scoped(title), *figures, grade, source)
    return table


def parameters(kinds: Iterable["ParameterKind"]) -> "Table":
    """Return parameters that a case may set; a blank default leaves out the processes that read it."""
    table = compact(*words.words("parameter", "name", "unit", "default"), figures=(3,))
    for kind in kinds:
        table.add_row(kind.id, kind.zh, kind.unit, "" if kind.default is None else f"{kind.default:g}")
    return table


def origins(found: Sequence["Origin"], unit: str) -> "Table":
    """Return inputs with the row of the case that contains each."""
    effect_unit = READABLE.get(unit, (1.0, unit))[1]
    table = compact(
        *words.words("input_and_its_row", "value_and_range"),
        words.word("effect", effect_unit=effect_unit),
        *words.words("grade", "source"),
        figures=(1, 2),
    )
    for origin in found:
        where = f"{scoped(origin.name_zh)}\n{origin.row}"
        effect, _ = amount(origin.effect, unit, 3)
        signed = effect if effect.startswith("-") else f"+{effect}"
        table.add_row(where, "\n".join(_range(origin)), signed, origin.grade, origin.source)
    return table


def sum_of(terms: Mapping[str, float], unit: str) -> str:
    """Format the terms of a sum on one line; empty where there are no terms."""
    from dafeng.evidence import Language
    from dafeng.pathway import indicator_names
    from dafeng.report import name as named

    if not terms:
        return ""
    known = indicator_names()
    parts = []
    for term, value in terms.items():
        figure, _ = amount(abs(value), unit)
        title = known.get(term) or named("branch", term, Language.ZH)
        parts.append(f"{'−' if value < 0 else '+'} {title} {figure}")
    return "= " + " ".join(parts).removeprefix("+ ")


def _range(origin: "Origin") -> tuple[str, str]:
    """Format value with unit, and range; a pure number has no unit, a measure is given by its delivery."""
    from dafeng.report import significant

    if origin.table == "measures.csv":
        return words.word("delivered", value=origin.value), f"{origin.low:.0%}–{origin.high:.0%}"
    divisor, name = (1.0, "") if origin.unit == "1" else READABLE.get(origin.unit, (1.0, origin.unit))
    value, low, high = (significant(x / divisor) for x in (origin.value, origin.low, origin.high))
    return f"{value} {name}".rstrip(), f"{low}–{high}"


def gaps(found: Sequence["Gap"], names: Mapping[str, str], year: int) -> "Table":
    table = compact(
        words.word("figure_of_the_plan"),
        words.word("plan_2", year=year),
        *words.words("with_the_other_measures_5_95", "gap_3", "unit"),
        figures=(1, 3),
    )
    for gap in found:
        (low, _), (middle, _), (high, _) = (amount(value, gap.unit) for value in gap.implied)
        (figure, unit), (short, _) = amount(gap.figure, gap.unit), amount(gap.gap, gap.unit)
        signed = short if short.startswith("-") else f"+{short}"
        table.add_row(names.get(gap.measure, gap.measure), figure, f"{middle} ({low}–{high})", signed, unit)
    return table


def costs(curve: "CostCurve", names: Mapping[str, str]) -> "Table":
    table = compact(
        *words.words("measure", "cny_t", "10_t_2", "running_10_t", "10_cny_a"), figures=(1, 2, 3, 4)
    )
    columns = (curve.order, curve.marginal_cost, curve.reduction_t, curve.cumulative_t, curve.cost)
    for name, marginal, tonnes, running, spent in zip(*columns, strict=True):
        figures = (f"{marginal:,.0f}", f"{tonnes / 1e4:.2f}", f"{running / 1e4:.2f}", f"{spent / 1e4:,.0f}")
        table.add_row(names.get(name, name), *figures)
    return table


def scores(found: Sequence["Score"], names: Mapping[str, str]) -> "Table":
    table = compact(
        *words.words("quantity", "calendar_year", "observed", "model_5_95", "in_range"),
        "CRPS",
        *words.words("independent", "source"),
        figures=(1, 2, 3, 5),
    )
    for s in found:
        r = s.reading
        if r.relative_to is None:
            figures = [f"{x / 1e6:.2f}" for x in (s.median, s.low, s.high, s.crps, r.value)]
        else:
            figures = [f"{x:+.0%}" for x in (s.median - 1, s.low - 1, s.high - 1, s.crps, r.value - 1)]
        middle, low, high, crps, value = figures
        table.add_row(
            names.get(r.quantity, r.quantity), str(r.year), value, f"{middle} ({low}–{high})",
            words.word("yes") if s.covered else words.word("no"), crps, words.word("yes") if r.independent else words.word("no"), r.source,
        )  # fmt: skip
    return table


def histories(found: Sequence["History"]) -> "Table":
    table = compact(
        *words.words("series", "year", "year_of_maximum", "peaked"),
        words.head("p"),
        words.word("10_t_a"),
        figures=(1, 2, 4, 5),
    )
    for h in found:
        table.add_row(
            SERIES.get(h.series, h.series), f"{h.first}–{h.last}", f"{h.peak.year:.0f}", words.word("yes") if h.peak.peaked else words.word("no"),
            f"{h.trend.p_value:.3f}", f"{h.trend.slope / 1e4:+.1f}",
        )  # fmt: skip
    return table


SERIES: Mapping[str, str] = {
    "account A": words.word("own_inventory_account_a"),
    "account B": words.word("own_inventory_account_b"),
    "co2_edgar_v8": words.word("edgar_v8_gridded"),
    "co2_ceads_city": words.word("ceads_city_inventory"),
}


def quantity_names() -> Mapping[str, str]:
    """Return Chinese names of the quantities of scores."""
    return {
        "A": words.word("emissions_a"), "B": words.word("emissions_b"), "generation": words.word("generation"), "electricity_demand": words.word("electricity_growth_of_the_province"),
        "primary_energy": words.word("energy_growth_of_the_province"),
    }  # fmt: skip
