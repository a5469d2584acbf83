"""Units of Chinese energy statistics: conversion of files, API and user input to canonical units.

Inside dafeng arrays are plain float64 in t, tce, tCO2, tCO2e, TJ or MWh, MW, CNY and years. CO2,
CO2-equivalent, coal equivalent and mass are kinds of their own; converting one into another raises.

>>> convert(42.5, "万千瓦", "MW")
425.0
>>> round(convert(4228.88, "10^10 kJ", "TJ"), 1)
42288.8
>>> kind("万吨标准煤") == kind("万吨")
False
>>> convert(1.0, "tCO2e", "tCO2")
Traceback (most recent call last):
dafeng.evidence.errors.DafengError: unit：读到“tCO2e ([carbon_dioxide_equivalent])”... unit: found tCO2e ([carbon_dioxide_equivalent]); expected ...
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.units.constants import (
        CALORIFIC_TCE_PER_MWH,
        CALORIFIC_TCE_PER_TJ_HEAT,
        CARBON_TO_CO2,
        GJ_PER_MWH,
        GJ_PER_TCE,
        MWH_PER_TCE,
        NITROGEN_TO_N2O,
        TCE_PER_TJ,
        TJ_PER_MWH,
        TJ_PER_TCE,
    )
    from dafeng.units.conversion import CANONICAL, base, canonical, convert, factor, is_unit, kind

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "CALORIFIC_TCE_PER_MWH",
    "CALORIFIC_TCE_PER_TJ_HEAT",
    "CANONICAL",
    "CARBON_TO_CO2",
    "GJ_PER_MWH",
    "GJ_PER_TCE",
    "MWH_PER_TCE",
    "NITROGEN_TO_N2O",
    "TCE_PER_TJ",
    "TJ_PER_MWH",
    "TJ_PER_TCE",
    "base",
    "canonical",
    "convert",
    "factor",
    "is_unit",
    "kind",
]
