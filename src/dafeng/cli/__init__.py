"""Command line: an interface without calculation. Each room's commands are loaded only when called.

>>> from dafeng.cli import ROOMS
>>> "case" in ROOMS
True
"""

from dafeng.cli.app import ROOMS, main

__all__ = ["ROOMS", "main"]
