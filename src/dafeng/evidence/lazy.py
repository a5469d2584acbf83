"""Lazy imports: names of a room imported at first use (PEP 562).

The `__init__` of a room lists its names once, as imports under `if TYPE_CHECKING:`, which type checkers,
linters and readers see; at run time `lazy_names` reads that list and imports a module when one of its names
is asked for. One light name of a room then does not cost the imports of all others.
"""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType


class _Room(ModuleType):
    """Package with lazy names: a name that it offers is never hidden by the submodule of the same name.

    The import of a submodule binds it in its package; `dafeng.assessment.judge` would then be that module for
    good, and not the function that the room lists.
    """

    def __setattr__(self, name: str, value: object) -> None:
        origin = vars(self).get("__origins__", {}).get(name)
        if origin is None or origin == (self.__name__, name) or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


def lazy_names(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of `package` for the imports under its `if TYPE_CHECKING:`.

    Parameters
    ----------
    package : str
        The `__name__` of the room whose `__init__` calls this after that block.

    Returns
    -------
    tuple
        The two functions of PEP 562. Asking for a name that the block does not import raises AttributeError.
    """
    origins = _origins(package)
    room = sys.modules[package]
    vars(room)["__origins__"] = origins
    room.__class__ = _Room

    def get(name: str) -> object:
        if name not in origins:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, attribute = origins[name]
        value = (
            import_module(f"{module}.{attribute}")
            if module == package
            else getattr(import_module(module), attribute)
        )
        # the next access finds the name itself
        setattr(room, name, value)
        return value

    return get, lambda: sorted({*vars(room), *origins})


def _origins(package: str) -> dict[str, tuple[str, str]]:
    """Name → (module, attribute) of the imports under `if TYPE_CHECKING:` in the source of `package`."""
    spec = sys.modules[package].__spec__
    source = getattr(spec.loader, "get_source", lambda _: None)(package) if spec is not None else None
    if source is None:
        raise ImportError(f"{package} has no source: its names cannot be listed")
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for block in ast.parse(source).body
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
