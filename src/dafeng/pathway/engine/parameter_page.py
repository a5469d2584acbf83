"""Page of parameters: what a case may set, from the table parameters.csv and the registry of processes."""

from dafeng.pathway.engine.model import ParameterKind, parameter_kinds
from dafeng.pathway.engine.registry import registered

HEAD = """# Parameters of the annual model

Made from `parameters.csv` and the processes of `dafeng.pathway` by `dafeng pathway parameters --markdown`; a test
holds the two equal. A row of `drivers.csv` gives a parameter its path, a row of `measures.csv` moves it.

- `x.*` is the parameter x of any segment, for example `saving.steel`; `saving.industry` is that of all industry.
- **default**: the value where a case gives none; "–" means that the processes named last are then left out.
- **bounds**: the lowest and the highest value that a row may give, in the unit of the parameter.
- A yearly rate may be given in `%/a`; any unit of the same kind is converted.

| parameter | 名称 · name | unit | kind | default | bounds | equation | process |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""

PROCESSES = """
## Processes

One process is one function; what it takes is in `reads`, what it returns in `makes` (`*`: for each segment).

| process | reads | makes | what it is |
| --- | --- | --- | --- |
"""


def parameter_page() -> str:
    """Return the page docs/parameters.md as Markdown.

    Returns
    -------
    str
        A table of parameters (unit, default, bounds, equation, processes) and a table of processes.
    """
    rows = "".join(f"| {' | '.join(_cells(kind))} |\n" for kind in parameter_kinds().values())
    made = "".join(
        f"| `{found.id}` | {_names(found.reads)} | {_names(found.makes)} | {_first_line(found.function.__doc__)} |\n"
        for found in registered().values()
    )
    return HEAD + rows + PROCESSES + made


def _cells(kind: ParameterKind) -> tuple[str, ...]:
    default = "–" if kind.default is None else f"{kind.default:g}"
    low, high = (f"{end:g}".replace("inf", "∞") for end in kind.bounds)
    return (
        f"`{kind.id}`", f"{kind.zh} · {kind.en}", kind.unit, kind.role, default, f"{low} … {high}", kind.equation,
        ", ".join(f"`{name}`" for name in kind.used_by),
    )  # fmt: skip


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]
