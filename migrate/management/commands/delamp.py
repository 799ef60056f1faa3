"""`python manage.py delamp …`: the same commands, options and exit codes as `delamp …`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from migrate.cli.main import run_cli

__all__ = ["Command"]


class Command(BaseCommand):
    help = "Move a legacy MySQL or MariaDB database into Django models on PostgreSQL."
    # delamp's own `check` says what is wrong, and with the legacy database at hand says more.
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand the arguments on as they are: Django's own parser knows no such subcommands."""
        program = f"{argv[0].rpartition('/')[2]} {argv[1]}"
        sys.exit(run_cli(argv[2:], prog_name=program))

    def print_help(self, prog_name: str, subcommand: str) -> None:
        run_cli(["--help"], prog_name=f"{prog_name} {subcommand}")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, **options: Any) -> None:
        """For `call_command("delamp", "run", "--json")`. Raises CommandError with the exit code."""
        code = run_cli(options["arguments"], prog_name="delamp")
        if code:
            raise CommandError(f"delamp exited with {code}", returncode=code)
