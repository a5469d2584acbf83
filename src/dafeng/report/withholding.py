"""Withholding of probabilities where too few of the data are the place's own.

Levels, trajectories and contributions stay: they show what the data imply, and are marked wherever they are shown.
"""

from collections.abc import Iterable, Mapping

from dafeng.case import LEAST_OWN_SHARE, TABLES, Case, own_share, ownership
from dafeng.evidence import Language
from dafeng.pathway.results import Results
from dafeng.report.assessed import Assessed
from dafeng.report.summary import OwnData, OwnTable, Summary, TargetVerdict
from dafeng.report.texts import both, text

CHANCES: Mapping[str, object] = {
    "peaks": [], "delivery_levels": [], "delivery_needed": None, "mean_delivery": None, "stress": [], "policy": [],
}  # fmt: skip
"""Sections of the model that are probabilities → their value where these are withheld."""


def own_data(case: Case) -> OwnData:
    """Return the share of own rows of `case`, table by table, and whether the headline is withheld."""
    share = own_share(case)
    return OwnData(
        share=share, least=LEAST_OWN_SHARE, withheld=share < LEAST_OWN_SHARE,
        tables=[
            OwnTable(
                table=table.table, name_zh=TABLES[table.table].title_zh, name_en=TABLES[table.table].title_en,
                rows=table.rows, others=table.others, places=list(table.places),
            )
            for table in ownership(case)
        ],
    )  # fmt: skip


def without_chances(results: Results) -> Results:
    """Return `results` without the sections that are probabilities."""
    return results.model_copy(update=CHANCES)


def without_odds(assessed: Assessed | None) -> Assessed | None:
    """Return the assessment without odds and open targets; paths, budgets and lights stay."""
    if assessed is None:
        return None
    paths = [
        path.model_copy(update={"aims": [aim.model_copy(update={"odds": {}}) for aim in path.aims]})
        for path in assessed.dual_control
    ]
    return assessed.model_copy(update={"dual_control": paths, "open_targets": []})


def unjudged(verdicts: Iterable[TargetVerdict]) -> list[TargetVerdict]:
    """Return the verdicts, those from the model as targets that cannot be judged."""
    why = both("own.unjudged")
    open_ones = {
        "status": "cannot_be_judged", "basis": "none", "value": None, "low": None, "high": None, "probability": None,
        "margin": None, "margin_low": None, "margin_high": None, "why_zh": why.zh, "why_en": why.en,
    }  # fmt: skip
    return [
        verdict.model_copy(update=open_ones) if verdict.basis == "model" else verdict for verdict in verdicts
    ]


def share_sentence(summary: Summary, language: Language) -> str:
    """Return the share of own data, and of which places the other rows are.

    Empty where it was not counted, and where a withheld headline says it.
    """
    if summary.own_data is None or summary.withheld:
        return ""
    share = f"{summary.own_data.share:.0%}"
    if not any(table.others for table in summary.own_data.tables):
        return text("own.share", language, share=share, city=_city(summary, language))
    return text(
        "own.others", language, share=share, city=_city(summary, language), tables=_tables(summary.own_data, language)
    )  # fmt: skip


def withheld_sentence(summary: Summary, language: Language) -> str:
    """Return the headline of a summary whose probabilities are withheld."""
    own = summary.own_data
    return text(
        "own.withheld", language, city=_city(summary, language), share=f"{own.share if own else 0:.0%}",
        least=f"{own.least if own else 0:.0%}",
    )  # fmt: skip


def missing_sentence(summary: Summary, language: Language) -> str:
    """Return what is missing for a headline: the tables with rows of other places, and the command that checks them."""
    own = summary.own_data
    return text(
        "own.missing", language, city=_city(summary, language), tables=_tables(own, language) if own else "",
        case=summary.place.name,
    )  # fmt: skip


def scenario_note(summary: Summary) -> str:
    """Return what is added to the names of scenarios in the IAMC file; empty for a headline that is given."""
    if summary.own_data is None or not summary.withheld:
        return ""
    return text("own.scenario", Language.EN, share=f"{summary.own_data.share:.0%}")


def _tables(own: OwnData, language: Language) -> str:
    between = "、" if language is Language.ZH else "; "
    return between.join(
        text(
            "own.table", language, table=table.name_zh if language is Language.ZH else table.name_en,
            rows=table.rows, others=table.others, places=("、" if language is Language.ZH else ", ").join(table.places),
        )
        for table in own.tables if table.others
    )  # fmt: skip


def _city(summary: Summary, language: Language) -> str:
    return summary.place.name_zh if language is Language.ZH else summary.place.name_en
