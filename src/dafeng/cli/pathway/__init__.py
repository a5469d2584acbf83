"""`dafeng pathway`: commands of the annual model."""

from dafeng.cli.pathway.pathway import app

__all__ = ["app"]
