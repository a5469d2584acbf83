"""`dafeng registers`: commands of the registers."""

from dafeng.cli.registers.registers import app

__all__ = ["app"]
