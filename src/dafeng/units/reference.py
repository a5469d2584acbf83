"""Reference page of all units, generated from the unit tables."""

from dafeng.units.conversion import CANONICAL, canonical, factor, kind
from dafeng.units.parsing import aliases

_HEAD = """# Units · 计量单位

Files, the API and people may use any unit below, with a multiplier before it (十, 百, 千, 万, 百万, 千万, 亿,
万亿, `10^4`, `10^8` …), products with `·` and quotients with `/`: 万吨标准煤, 亿千瓦时, 10^8 m3, 吨标准煤/万元,
kWh/(m2·a). Inside dafeng every array carries the canonical unit of its kind.

Mass, coal equivalent, CO2, CO2-equivalent, carbon, CH4 and N2O are kinds of their own. One is turned into
another only by a factor with a source (a calorific value, an emission factor, a GWP), never as a unit.

"""


def reference_page() -> str:
    """Return docs/units.md as Markdown; a test keeps the file equal to this."""
    lines = ["## Canonical units", "", "| unit | kind |", "| --- | --- |"]
    lines += [f"| {unit} | {kind(unit)} |" for unit in CANONICAL]
    lines += ["", "## Printed units", "", "| printed | is |", "| --- | --- |"]
    lines += [
        f"| {alias} | {factor(alias, canonical(alias)):.6g} {canonical(alias)} |" for alias in aliases()
    ]
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(reference_page(), end="")  # noqa: T201 - prints the page
