"""Drill-down: what a city, county, sector, unit or point used, its parts, its course, its hours and its flows."""

from dafeng.metering.drill.breakdown import breakdown
from dafeng.metering.drill.course import course, hours
from dafeng.metering.drill.flows import flows
from dafeng.metering.drill.scope import Scope

__all__ = ["Scope", "breakdown", "course", "flows", "hours"]
