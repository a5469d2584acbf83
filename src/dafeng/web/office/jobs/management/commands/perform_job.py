"""`dafeng web manage perform_job N`: execute one job that a worker has taken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dafeng.web.office.jobs.models import RUNNING, Job
from dafeng.web.office.jobs.performing import perform
from dafeng.web.office.words import both


class Command(BaseCommand):
    """Execute one job that a worker has taken."""

    help = both("help_perform_job")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int)

    def handle(self, *_: Any, **options: Any) -> None:
        perform(Job.objects.get(id=options["number"], state=RUNNING))
