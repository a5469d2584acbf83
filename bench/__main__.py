"""Runs `bench/*.py` and prints a table: figure, seconds, floor, ratio, bar."""

import argparse
import importlib
import json
import pkgutil
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

import bench


def main() -> None:
    rooms = [
        module.name for module in pkgutil.iter_modules(bench.__path__) if not module.name.startswith("_")
    ]
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("rooms", nargs="*", help=f"default: all of {', '.join(rooms)}")
    parser.add_argument("--json", action="store_true", help="machine-readable figures on standard output")
    arguments = parser.parse_args()
    console = Console(stderr=arguments.json)
    results = []
    for room in arguments.rooms or rooms:
        table = Table("figure", "seconds", "floor", "ratio", "bar", "note", title=room, title_justify="left")
        for figure in importlib.import_module(f"bench.{room}").figures():
            floor = "–" if figure.floor is None else f"{figure.floor:.4g}"
            ratio = "–" if figure.ratio is None else f"{figure.ratio:.2f}"
            table.add_row(figure.name, f"{figure.seconds:.4g}", floor, ratio, figure.bar, figure.note)
            results.append({"room": room, "ratio": figure.ratio, **asdict(figure)})
        console.print(table)
    if arguments.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
