"""Exceptions to exit codes and to what a person reads."""

from __future__ import annotations

import os
import sys
import traceback
from enum import IntEnum

import click

from mappings.errors import DeclarationError, Problem
from migrate.errors import DelampError

__all__ = ["Exit", "report_error", "show_problems"]


class Exit(IntEnum):
    """Exit codes of every command."""

    FINE = 0
    FAILED = 1
    USAGE = 2
    CONFIG = 3
    SOURCE = 4
    TARGET = 5
    FINDINGS = 6
    INTERRUPTED = 7


def report_error(error: Exception, *, verbose: bool) -> int:
    """Print an error to stderr and return its exit code. What is not expected is raised again."""
    if isinstance(error, click.Abort):
        # The terminal shows ^C in the line under way.
        click.secho("\naborted; no transaction was left half-done", err=True, fg="yellow")
        return Exit.INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has seen enough; flushing at exit must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    if not isinstance(error, (DelampError, DeclarationError)):
        raise error
    if verbose:
        click.echo("".join(traceback.format_exception(error)), err=True)
    if isinstance(error, DeclarationError):
        show_problems(error.problems)
        return Exit.CONFIG
    click.echo(click.style("error: ", fg="red", bold=True) + error.message, err=True)
    show_hint(error.hint)
    return error.exit_code


def show_problems(problems: tuple[Problem, ...] | list[Problem]) -> None:
    """Print problems to stderr, each with its code and hint, and how many there are."""
    for problem in problems:
        code = click.style(problem.code, fg="yellow" if problem.warning else "red", bold=True)
        click.echo(f"{code} {click.style(problem.where, bold=True)}: {problem.message}", err=True)
        show_hint(problem.hint)
    mistakes = sum(not problem.warning for problem in problems)
    if mistakes:
        click.echo(
            f"{mistakes} mistake{'s' if mistakes > 1 else ''} in mappings or settings", err=True
        )


def show_hint(hint: str | None) -> None:
    if hint:
        click.echo(click.style("hint: ", fg="cyan") + hint, err=True)
