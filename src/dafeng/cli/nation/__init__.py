"""`dafeng nation`: all units of the country."""

from dafeng.cli.nation.nation import app

__all__ = ["app"]
