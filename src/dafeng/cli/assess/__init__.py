"""`dafeng assess`: commands of assessment."""

from dafeng.cli.assess.assess import app

__all__ = ["app"]
