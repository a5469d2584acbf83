"""Interactive figures of an inventory: flows of energy, and emissions as nested rings."""

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from dafeng.evidence import Language, packaged_rows, write_atomically
from dafeng.inventory.accounts.base_year import base_year
from dafeng.inventory.accounts.categories import categories
from dafeng.inventory.accounts.model import COMBUSTION, Inventory
from dafeng.inventory.balance.names import fuel_names
from dafeng.units import TJ_PER_MWH

_GROUPS = {
    "Raw_Coal": "coal",
    "Cleaned_Coal": "coal",
    "Other_Washed_Coal": "coal",
    "Briquettes": "coal",
    "Coke": "coal",
    "Other_Coking_Products": "coal",
    "Coke_Oven_Gas": "byproduct",
    "Other_Gas": "byproduct",
    "Natural_Gas": "gas",
    "LNG": "gas",
    "Other_Energy": "other",
}
# quiet colours: coal dark, oil and gas ochre, electricity and clean sources teal, all that is not named grey
_COLOURS = {
    "coal": "#4a4f55", "byproduct": "#6f757b", "oil": "#a8621b", "gas": "#c7a96a", "clean": "#0b6b6b", "import": "#5aa3a0",
    "electricity": "#2f8786", "power": "#6f757b", "losses": "#c9ccd0",
}  # fmt: skip
_GREY, _LINK = "#8a8f94", "rgba(138,143,148,0.28)"
_RINGS = ("#4a5a63", "#2f8786", "#b48a3c", "#8a8f94", "#a8621b", "#8bbfba")
_CONFIG = {"responsive": True, "displaylogo": False, "displayModeBar": False}


@cache
def _labels() -> dict[str, Mapping[str, str]]:
    return {row["id"]: row for row in packaged_rows("dafeng.inventory", "data/figure_labels.csv")}


def label(key: str, language: Language) -> str:
    """Return the display name of a sector, branch, fuel, group of fuels or category.

    >>> label("building_materials", Language.ZH), label("Raw_Coal", Language.EN)
    ('建材', 'Raw Coal')
    """
    chinese = language is Language.ZH
    if key in fuel_names():
        return fuel_names()[key].zh if chinese else key.replace("_", " ")
    for category in categories():
        if category.id == key:
            return category.zh if chinese else category.en
    known = _labels().get(key)
    return key.replace("_", " ") if known is None else known["zh" if chinese else "en"]


def energy_flows(inventory: Inventory, year: int) -> pd.DataFrame:
    """Compute the energy flows [source, target, tj].

    Fuels → power plants or sectors, power and imports → electricity → sectors.

    What enters electricity leaves it: use by sector, losses, export. Plants' losses are fuel less output.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    """
    cells = inventory.cells[(inventory.cells["category"] == COMBUSTION) & (inventory.cells["year"] == year)]
    group = cells["fuel"].map(lambda f: _GROUPS.get(str(f), "oil"))
    target = cells["sector"].where(cells["row"] != "Thermal Power", "power")
    fuels = cells.groupby([group.rename("source"), target.rename("target")])["energy_tj"].sum().reset_index()
    lines = [(str(s), str(t), float(v)) for s, t, v in fuels.itertuples(index=False, name=None) if v > 0]
    base = base_year(inventory, year)
    mwh = TJ_PER_MWH
    generated = base.generation_mwh.get("thermal", 0.0) * mwh
    fuel_in = sum(v for _, t, v in lines if t == "power")
    clean = sum(v for k, v in base.generation_mwh.items() if k != "thermal") * mwh
    lines += [("power", "electricity", generated), ("power", "losses", max(fuel_in - generated, 0.0))]
    lines += [("clean", "electricity", clean)]
    trade = base.net_import_mwh * mwh
    lines.append(("import", "electricity", trade) if trade >= 0 else ("electricity", "export", -trade))
    by_sector: dict[str, float] = {}
    for sector, value in zip(base.sectors, base.electricity_mwh, strict=True):
        by_sector[sector] = by_sector.get(sector, 0.0) + float(value) * mwh
    lines += [("electricity", sector or "other", value) for sector, value in by_sector.items()]
    lines.append(("electricity", "losses", base.losses_mwh * mwh))
    frame = pd.DataFrame(lines, columns=["source", "target", "tj"])
    return frame[frame["tj"] > 0].reset_index(drop=True)


def sankey(inventory: Inventory, year: int, language: Language = Language.ZH) -> Any:
    """Return the energy flows of `year` as a plotly Sankey figure, in PJ.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    language
        Language of the labels.
    """
    import plotly.graph_objects as go

    flows = energy_flows(inventory, year)
    nodes = list(dict.fromkeys([*flows["source"], *flows["target"]]))
    unit = "PJ"
    return go.Figure(
        go.Sankey(
            node={
                "label": [label(n, language) for n in nodes],
                "color": [_COLOURS.get(n, _GREY) for n in nodes],
                "pad": 18,
                "thickness": 14,
                "line": {"width": 0},
            },
            link={
                "color": _LINK,
                "source": [nodes.index(s) for s in flows["source"]],
                "target": [nodes.index(t) for t in flows["target"]],
                "value": (flows["tj"] / 1000).round(3).tolist(),
            },
            valuesuffix=f" {unit}",
            valueformat=",.1f",
        )
    ).update_layout(
        title=f"{year} 年能流图(PJ)" if language is Language.ZH else f"Energy flows {year} (PJ)",
        font={"size": 13, "color": "#1a1a1a"},
    )


def emission_rings(inventory: Inventory, year: int, account: str = "B") -> pd.DataFrame:
    """Return the emissions [sector, branch, fuel, value_t] of a sunburst: positive cells only.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    account
        The account.
    """
    part = inventory.part(account, year)
    part = part[(part["key"] == "") & (part["value"] > 0)]
    inner = part["fuel"].where(part["fuel"] != "", part["category"])
    keys = [part["sector"].rename("sector"), part["branch"].rename("branch"), inner.rename("fuel")]
    return part.groupby(keys)["value"].sum().rename("value_t").reset_index()


def sunburst(inventory: Inventory, year: int, account: str = "B", language: Language = Language.ZH) -> Any:
    """Return the emissions of `account` in `year` by sector, branch and fuel as a plotly sunburst.

    In 万吨 or kt.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    account
        The account.
    language
        Language of the labels.
    """
    import plotly.graph_objects as go

    rings = emission_rings(inventory, year, account)
    scale, unit = (1e4, "万吨") if language is Language.ZH else (1e3, "kt")
    ids: list[str] = []
    labels: list[str] = []
    parents: list[str] = []
    values: list[float] = []
    for level in (["sector"], ["sector", "branch"], ["sector", "branch", "fuel"]):
        for key, value in rings.groupby(level)["value_t"].sum().items():
            path = key if isinstance(key, tuple) else (key,)
            ids.append("/".join(map(str, path)))
            parents.append("/".join(map(str, path[:-1])))
            labels.append(label(str(path[-1]), language))
            values.append(float(value) / scale)
    figure = go.Figure(
        go.Sunburst(
            ids=ids,
            labels=labels,
            parents=parents,
            values=values,
            branchvalues="total",
            hovertemplate=f"%{{label}}: %{{value:,.1f}} {unit}<extra></extra>",
            marker={"line": {"width": 1, "color": "white"}},
        )
    )
    title = (
        f"{year} 年排放构成({account}口径,{unit})"
        if language is Language.ZH
        else f"Emissions {year}, account {account} ({unit})"
    )
    return figure.update_layout(title=title, font={"size": 13, "color": "#1a1a1a"}, sunburstcolorway=_RINGS)


def write_figures(
    inventory: Inventory,
    year: int,
    account: str,
    path: Path,
    language: Language = Language.ZH,
    place: str = "",
) -> None:
    """Write one page with both figures that opens without a network.

    Above them the total and what it leaves out.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    account
        The account.
    path
        The file to write.
    language
        Language of the page.
    place
        Name of the place.

    Raises
    ------
    DafengError
        For an unknown account or year, and for a folder that cannot be written to.
    """
    (total,) = inventory.totals(account, [year])
    pictures = [sankey(inventory, year, language), sunburst(inventory, year, account, language)]
    shown = [
        picture.update_layout(margin={"l": 20, "r": 20, "t": 60, "b": 20}, height=height).to_html(
            full_html=False, include_plotlyjs="inline" if i == 0 else False, config=_CONFIG
        )
        for i, (picture, height) in enumerate(zip(pictures, (560, 640), strict=True))
    ]
    chinese = language is Language.ZH
    absent = ("、" if chinese else ", ").join(label(name, language) for name in total.incomplete)
    said = [
        f"{account}口径,{year}年:{total.value_t / 1e4:,.0f}万{total.unit}({total.low_t / 1e4:,.0f}–{total.high_t / 1e4:,.0f}),"
        f"因子集{total.factor_set},GWP {total.gwp_set},等级{total.grade.value}"
        if chinese
        else f"Account {account}, {year}: {total.value_t / 1e3:,.0f} kt ({total.low_t / 1e3:,.0f}–{total.high_t / 1e3:,.0f}), "
        f"{total.unit}, factor set {total.factor_set}, GWP {total.gwp_set}, grade {total.grade.value}",
        (f"未估算(NE),图中没有:{absent}" if chinese else f"Not estimated (NE), not in the figure: {absent}")
        if absent
        else "",
    ]
    style = "body{font-family:system-ui,'Noto Sans CJK SC',sans-serif;margin:1.5em auto;max-width:1100px;padding:0 1em;color:#1a1a1a;line-height:1.6}h1{font-size:1.4em}.plotly-graph-div{max-width:100%}"
    name = f"{place or inventory.name} {year}"
    text = (
        f'<!doctype html><html lang="{"zh" if chinese else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(name)}</title><style>{style}</style></head><body><h1>{escape(name)}</h1>"
        f"{''.join(f'<p>{escape(line)}</p>' for line in said if line)}{''.join(shown)}</body></html>"
    )
    with write_atomically(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
