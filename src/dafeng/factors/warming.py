"""Global warming potentials by assessment report."""

from collections.abc import Mapping
from types import MappingProxyType

from dafeng.evidence import DafengError
from dafeng.factors.tables import table

_SHORT = {"SAR": "SARGWP100", "AR4": "AR4GWP100", "AR5": "AR5GWP100", "AR6": "AR6GWP100"}


def gwp_sets() -> list[str]:
    """Return the names of the GWP sets; SAR, AR4, AR5 and AR6 alone mean their 100-year values."""
    return sorted(table("gwp")["set"].unique())


def gwp(set_name: str = "AR5") -> Mapping[str, float]:
    """Return the global warming potential [tCO2e/t] by gas. Never compare years computed with different sets.

    `SAR` (21, 310: 省级清单指南 2011) … `AR6`, or a full name such as `AR6GWP20`, `AR5CCFGWP100` (with
    climate-carbon feedback). Source: IPCC tables as transcribed in globalwarmingpotentials 0.13.2.

    Parameters
    ----------
    set_name
        Short or full name of the set.

    Returns
    -------
    Potential by gas [t CO2e/t].

    Raises
    ------
    DafengError
        For a set that does not exist.
    """
    name = _SHORT.get(set_name, set_name)
    frame = table("gwp")
    frame = frame[frame["set"] == name]
    if frame.empty:
        raise DafengError.at("factors/gwp", f"set {set_name}", f"one of {', '.join([*_SHORT, *gwp_sets()])}")
    return MappingProxyType(dict(zip(frame["item_en"], frame["value"], strict=True)))
