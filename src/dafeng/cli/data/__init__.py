"""`dafeng data`: what a place has and lacks."""

from dafeng.cli.data.data import app

__all__ = ["app"]
