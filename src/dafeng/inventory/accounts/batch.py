"""Inventories of many places at once, on any executor of `concurrent.futures`."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dafeng.case import Case, load
from dafeng.evidence import track
from dafeng.inventory.accounts.build import build, plain_text
from dafeng.inventory.accounts.model import Inventory


def build_many(
    cases: Sequence[Case | str | Path], executor: Executor | None = None, **options: Any
) -> Iterator[tuple[str, Inventory]]:
    """Build the inventories of `cases`: yield name and inventory in their order.

    Each is yielded as soon as it and those before it are done.

    A name or folder is loaded where it is built, so that an executor of processes also shares the reading; a
    loaded case stays in its process: give names or folders to an executor of processes. `options` go to
    `build` (years, factor_set, gwp_set). Without an executor the work is done here. Results do not depend on
    the executor. At most 64 cases are in work or waiting to be fetched: memory does not grow with their
    number. Progress is reported by `dafeng.evidence.track`.

    Parameters
    ----------
    cases
        Names, folders or loaded cases.
    executor
        Any executor of `concurrent.futures`; without one the work is done here.

    Raises
    ------
    DafengError
        Of the first case that cannot be loaded or built; cases not yet begun are cancelled.
    """
    total = len(cases)
    if executor is None:
        for case in track("inventory", cases, total):
            yield _one(case, options)
        return
    waiting: list[Future[tuple[str, Inventory]]] = []
    rest = iter(cases)
    try:
        for case in rest:
            waiting.append(executor.submit(_one, case, options))
            if len(waiting) == _AHEAD:
                break
        for _ in track("inventory", range(total), total):
            yield waiting.pop(0).result()
            for case in rest:
                waiting.append(executor.submit(_one, case, options))
                break
    finally:
        for future in waiting:
            future.cancel()


_AHEAD = 64


def _one(case: Case | str | Path, options: Mapping[str, Any]) -> tuple[str, Inventory]:
    # a place loaded here stays here: its tables are read with plain text as well
    with _collection_at_rest(), plain_text():
        loaded = case if isinstance(case, Case) else load(str(case))
        return loaded.name, build(loaded, **options)


@contextmanager
def _collection_at_rest() -> Iterator[None]:
    """Let no search for cycles begin while one place is read and built.

    Its many small tables start the search again and again over everything imported: an eighth of the time.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
