"""`dafeng province`: the units of a province."""

from dafeng.cli.province.province import app

__all__ = ["app"]
