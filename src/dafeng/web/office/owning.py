"""The ledger of a workspace: the process that owns its store of readings, as `dafeng metering serve` does."""

import sys
from pathlib import Path

from dafeng.web.office.supervised import end_with_supervisor


def main() -> None:
    """Own a store of readings until stopped."""
    import os

    os.environ["DJANGO_SETTINGS_MODULE"] = "dafeng.web.ledger.settings"
    from dafeng.web import serve, use_database

    end_with_supervisor()
    store, keys = Path(sys.argv[1]), Path(sys.argv[2])
    use_database(f"sqlite:///{keys}")
    serve(store, port=0)


if __name__ == "__main__":
    main()
