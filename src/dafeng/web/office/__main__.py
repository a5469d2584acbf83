"""`python -m dafeng.web.office …`: the management commands of Django for the workspace of the environment."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "dafeng.web.office.settings"
    from django.core.management import execute_from_command_line

    from dafeng.web.office.words import texts

    execute_from_command_line([texts().text("program"), *sys.argv[1:]])


if __name__ == "__main__":
    main()
