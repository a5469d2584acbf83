"""Start of the Django project of the office in this process."""

import os
from pathlib import Path


def start(workspace: Path) -> None:
    """Configure Django for the office of `workspace`."""
    import django

    os.environ["DAFENG_WORKSPACE"] = str(workspace.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "dafeng.web.office.settings"
    django.setup()
