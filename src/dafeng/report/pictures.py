"""All pictures of a summary by name, for the faces."""

from collections.abc import Callable
from functools import partial

import plotly.graph_objects as go

from dafeng.evidence import Language
from dafeng.report.causes import cost_curve, tornado, waterfall
from dafeng.report.figures import (
    counties,
    delivery,
    departments,
    fan,
    influences,
    inventory,
    measures,
    peak_years,
    references,
    wedges,
)
from dafeng.report.summary import Summary


def figures(summary: Summary) -> dict[str, Callable[[Language], go.Figure]]:
    """Every picture of this summary by its name; a picture without data is not offered."""
    pictures: dict[str, Callable[[Language], go.Figure]] = {}
    for account in summary.accounts:
        pictures[f"fan_{account}"] = partial(fan, summary, account)
    offered: dict[str, tuple[Callable[[Summary, Language], go.Figure], object]] = {
        "wedges": (wedges, summary.wedges), "measures": (measures, summary.attribution),
        "departments": (departments, summary.attribution and summary.attribution.departments),
        "peak_years": (peak_years, summary.peaks), "inventory": (inventory, summary.branches),
        "references": (references, summary.references), "delivery": (delivery, summary.delivery_levels),
        "counties": (counties, summary.attribution and summary.attribution.counties),
        "waterfall": (waterfall, summary.causes), "tornado": (tornado, summary.tornado),
        "cost_curve": (cost_curve, summary.cost_curve and summary.cost_curve.measures),
    }  # fmt: skip
    for title, (draw, data) in offered.items():
        if data:
            pictures[title] = partial(draw, summary)
    for title, rows in (("timing", summary.timing_influences), ("influences", summary.influences)):
        if rows:
            pictures[title] = partial(influences, rows)
    return pictures
