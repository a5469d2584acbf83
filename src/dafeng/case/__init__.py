"""Case folder: a city as a folder of tables, loaded as a whole or refused with all its problems at once.

Schemas (one definition per table, for CSV, Excel, form, API and documentation), loading, inheritance from
the parent place, the release hash, the Excel round trip, and drafts for new places.

>>> from dafeng.case import TABLES, check
>>> TABLES["energy"].key
('row', 'fuel', 'year')
>>> check("no-such-place")[0].sentence("en")
'no-such-place: found nothing there; expected the name of a bundled case, or a folder...
"""

from typing import TYPE_CHECKING

from dafeng.evidence import lazy_names

if TYPE_CHECKING:
    from dafeng.case.city import City, County
    from dafeng.case.documentation import schema_page
    from dafeng.case.drafting.drafts import draft
    from dafeng.case.drafting.example import write_example
    from dafeng.case.drafting.from_plan import start_from_plan, take_plan
    from dafeng.case.folder import bundled, bundled_path, locate
    from dafeng.case.loading import check, load
    from dafeng.case.model import Case
    from dafeng.case.national.energy import estimate_range
    from dafeng.case.national.folders import draft_province, draft_unit
    from dafeng.case.national.index import (
        Unit,
        edgar_co2,
        feasible,
        find_unit,
        lacking,
        nearest_statistic,
        units,
    )
    from dafeng.case.national.index import statistics as index_statistics
    from dafeng.case.national.own_cells import SOURCE as OWN_DATA
    from dafeng.case.national.own_cells import (
        add_own_cells,
        add_own_figures,
        add_own_form,
        is_own_form,
        own_cells,
        write_own_form,
    )
    from dafeng.case.national.own_judging import OwnCell, judged_cells
    from dafeng.case.national.own_plants import add_own_plants, is_plant_list
    from dafeng.case.national.own_rows import read_rows, replace_rows, replace_source, rewritten
    from dafeng.case.national.power_units import case_power, unit_power
    from dafeng.case.national.profiles import scaled_to_mean
    from dafeng.case.national.shares import unit_share
    from dafeng.case.national.sources import (
        ESTIMATED_ENERGY,
        INHERITED_PLANS,
        ISSUED_PLAN,
        SHARES_SOURCE,
        citation,
        is_indexed,
    )
    from dafeng.case.ownership import LEAST_OWN_SHARE, OwnData, own_share, ownership
    from dafeng.case.places import is_synthetic_place, names_within, place_names, places
    from dafeng.case.plausibility import naming_doubts
    from dafeng.case.releases.differences import CaseDiff, Difference, difference
    from dafeng.case.releases.releasing import Released, proposal_doubts, release
    from dafeng.case.releases.upgrading import Upgraded, upgrade
    from dafeng.case.scenarios import present_id
    from dafeng.case.schemas import (
        BRANCHES,
        DELIVERED_TO_DATE,
        PROJECTS,
        SECTORS,
        SHARED_GENERATION,
        TABLES,
        fuels,
    )
    from dafeng.case.series import IMPLAUSIBLE, series_doubts
    from dafeng.case.shapes import county_shapes
    from dafeng.case.summary import summarise
    from dafeng.case.workbooks.excel import from_xlsx, template, to_xlsx
    from dafeng.tables import Column, Kind, Table

__getattr__, __dir__ = lazy_names(__name__)

__all__ = [
    "BRANCHES",
    "DELIVERED_TO_DATE",
    "ESTIMATED_ENERGY",
    "IMPLAUSIBLE",
    "INHERITED_PLANS",
    "ISSUED_PLAN",
    "LEAST_OWN_SHARE",
    "OWN_DATA",
    "PROJECTS",
    "SECTORS",
    "SHARED_GENERATION",
    "SHARES_SOURCE",
    "TABLES",
    "Case",
    "CaseDiff",
    "City",
    "Column",
    "County",
    "Difference",
    "Kind",
    "OwnCell",
    "OwnData",
    "Released",
    "Table",
    "Unit",
    "Upgraded",
    "add_own_cells",
    "add_own_figures",
    "add_own_form",
    "add_own_plants",
    "bundled",
    "bundled_path",
    "case_power",
    "check",
    "citation",
    "county_shapes",
    "difference",
    "draft",
    "draft_province",
    "draft_unit",
    "edgar_co2",
    "estimate_range",
    "feasible",
    "find_unit",
    "from_xlsx",
    "fuels",
    "index_statistics",
    "is_indexed",
    "is_own_form",
    "is_plant_list",
    "is_synthetic_place",
    "judged_cells",
    "lacking",
    "load",
    "locate",
    "names_within",
    "naming_doubts",
    "nearest_statistic",
    "own_cells",
    "own_share",
    "ownership",
    "place_names",
    "places",
    "present_id",
    "proposal_doubts",
    "read_rows",
    "release",
    "replace_rows",
    "replace_source",
    "rewritten",
    "scaled_to_mean",
    "schema_page",
    "series_doubts",
    "start_from_plan",
    "summarise",
    "take_plan",
    "template",
    "to_xlsx",
    "unit_power",
    "unit_share",
    "units",
    "upgrade",
    "write_example",
    "write_own_form",
]
