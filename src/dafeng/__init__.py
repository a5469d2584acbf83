"""dafeng 达峰: makes a Chinese city's carbon-peaking plan executable.

Rooms are imported where they are needed (`from dafeng import case`); this module itself imports nothing
heavy, so that `dafeng --help` answers at once.
"""

__version__ = "0.1.0"
