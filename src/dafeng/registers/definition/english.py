"""English names of what definitions name in Chinese alone: codes of choices and owners of registers."""

from functools import cache

from dafeng.evidence import packaged_rows


@cache
def _names() -> dict[str, str]:
    return {row["zh"]: row["en"] for row in packaged_rows("dafeng.registers.definition", "english_names.csv")}


def english_name(zh: str) -> str:
    """Return the English name of a code or an owner of the packaged definitions; "" for another text.

    Examples
    --------
    >>> english_name("磷酸铁锂")
    'Lithium iron phosphate'
    """
    return _names().get(zh, "")
