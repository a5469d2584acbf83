"""Drill-down of metered energy: city, county, sector, unit, point; pictures and files of each."""
