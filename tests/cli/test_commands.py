"""The command line without servers: help, usage, exit codes, completion."""

from __future__ import annotations

import io
import os
import re
import signal
import threading
import time
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.core.management import CommandError, call_command

from mappings.errors import DeclarationError, Problem
from migrate.cli import main as main_module
from migrate.cli.interrupt import stop_on_interrupt
from migrate.cli.main import delamp, run_cli
from migrate.errors import ConfigError, DelampError, Interrupted, RunError, SourceError, TargetError
from tests.cli.fix_project import Project

PATHS = [
    [], ["check"], ["run"], ["verify"], ["status"], ["grants"], ["completion"],
    ["rejects"], ["rejects", "list"], ["rejects", "show"], ["rejects", "export"],
    ["draft"], ["dry-run"], ["resync"], ["rejects", "retry"], ["rejects", "purge"],
    ["follow"], ["own"], ["cutover"], ["report"], ["counters"], ["counters", "check"],
    ["counters", "rebuild"], ["counters", "migration"], ["change-log"], ["change-log", "start"],
    ["change-log", "stop"], ["change-log", "status"], ["change-log", "purge"],
    ["export-changes"],
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_works_without_settings_and_has_examples(path: list[str], project: Project) -> None:
    done = CliRunner().invoke(delamp, [*path, "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.output
    if len(path) == 1:
        assert "Examples:" in done.output
        assert f"delamp {path[0]}" in done.output


def test_help_needs_no_django_project(project: Project) -> None:
    done = project.delamp("run", "--help", cwd=project.folder.parent)
    assert (done.returncode, done.stderr) == (0, "")


def test_version_is_the_packages() -> None:
    from migrate import __version__

    assert CliRunner().invoke(delamp, ["--version"]).output == f"delamp {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["run", "--no-such-option"],
        ["run", "--readers", "0"],
        ["run", "--force"],
        ["verify", "--level", "everything"],
        ["grants", "no-such-command"],
        ["completion", "powershell"],
        ["verify", "--json", "/no/such/folder/report.json"],
        ["rejects", "export", "/no/such/folder/rejects.csv"],
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert run_cli(arguments) == 2


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of a command that raises the error."""

    def fail() -> None:
        raise error

    monkeypatch.setitem(delamp.commands, "fail", click.Command("fail", callback=fail))
    return run_cli(["fail"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DelampError("it failed"), 1),
        (RunError("it failed"), 1),
        (ConfigError("it failed"), 3),
        (SourceError("it failed"), 4),
        (TargetError("it failed"), 5),
        (Interrupted("it failed"), 7),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    error: DelampError,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    error.hint = "do this"
    assert raising(error, monkeypatch) == code
    assert capsys.readouterr() == ("", "error: it failed\nhint: do this\n")


def test_all_problems_of_mappings_are_printed_and_exit_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = [
        Problem(code="mappings.E011", where="A.x", message="no field", hint="use 'y'"),
        Problem(code="mappings.E013", where="B.z", message="no column"),
    ]
    assert raising(DeclarationError(problems), monkeypatch) == 3
    assert capsys.readouterr().err.splitlines() == [
        "mappings.E011 A.x: no field",
        "hint: use 'y'",
        "mappings.E013 B.z: no column",
        "2 mistakes in mappings or settings",
    ]


def test_keyboard_interrupt_exits_with_7(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(KeyboardInterrupt(), monkeypatch) == 7
    assert "no transaction was left half-done" in capsys.readouterr().err


def test_unexpected_error_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError(), monkeypatch)


def test_verbose_shows_the_cause(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        try:
            raise OSError("the cause")
        except OSError as error:
            raise SourceError("it failed") from error

    monkeypatch.setitem(delamp.commands, "fail", click.Command("fail", callback=fail))
    assert run_cli(["-v", "fail"]) == 4
    assert "OSError: the cause" in capsys.readouterr().err


def test_letters_that_the_terminal_lacks_end_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(main_module.sys, "stdout", narrow)
    monkeypatch.setitem(
        delamp.commands, "draw", click.Command("draw", callback=lambda: click.echo("✔ ─"))
    )
    assert run_cli(["draw"]) == 0
    narrow.flush()
    assert narrow.buffer.getvalue() == b"? ?\n"  # type: ignore[attr-defined]


def test_reader_that_closes_the_pipe_early_is_no_error(project: Project) -> None:
    done = project.python(
        "-c",
        "import subprocess, sys\n"
        "code = 'import sys; from migrate.cli.main import main;'"
        "' sys.argv[0] = \"delamp\"; main()'\n"
        "p = subprocess.Popen([sys.executable, '-c', code, 'completion', 'bash'],"
        " stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)\n"
        "p.stdout.close()\n"
        "print(p.stderr.read(), p.wait())",
    )
    assert "Traceback" not in done.stdout
    assert "Exception ignored" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_is_printed(shell: str, project: Project) -> None:
    done = CliRunner().invoke(delamp, ["completion", shell])
    assert done.exit_code == 0
    assert f"_DELAMP_COMPLETE={shell}_complete" in done.output


@pytest.mark.parametrize(
    ("words", "position", "expected"),
    [
        ("delamp re", "1", {"rejects", "report", "resync"}),
        ("delamp run --rea", "2", {"--readers"}),
        ("delamp run Ico", "2", {"IconMapping"}),
        ("delamp verify --level c", "3", {"counts", "checksums", "counters"}),
    ],
)
def test_shell_completes_commands_options_and_mappings(
    words: str, position: str, expected: set[str], project: Project
) -> None:
    project.environment |= {
        "_DELAMP_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": position,
    }
    done = project.delamp()
    assert {line.partition(",")[2] for line in done.stdout.split()} == expected, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_asks_for_the_end_and_the_second_aborts(number: int) -> None:
    stop, said = threading.Event(), []
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), stop_on_interrupt(stop, lambda: said.append(1)):
        os.kill(os.getpid(), number)
        wait_for(stop)
        assert said == [1]
        os.kill(os.getpid(), number)
        time.sleep(1)
    assert said == [1]
    assert signal.getsignal(number) == before


def wait_for(event: threading.Event) -> None:
    assert event.wait(5)


def test_manage_py_check_passes_without_mappings_and_without_postgresql(project: Project) -> None:
    project.write("shop/mappings.py", "")
    project.write(
        "sqlite_settings.py",
        "from site_settings import *\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
        "del DELAMP\n",
    )
    done = project.manage("check", "--settings", "sqlite_settings")
    assert (done.returncode, done.stderr) == (0, "")


def test_restart_without_a_terminal_needs_yes(project: Project) -> None:
    done = project.delamp("run", "--restart")
    assert done.returncode == 2
    assert "--yes" in done.stderr


def test_manage_py_takes_the_same_arguments_and_gives_the_same_codes(project: Project) -> None:
    project.write(
        "shop/mappings.py", "import mappings\nclass M(mappings.ModelMapping):\n    pass\n"
    )
    alone, managed = project.delamp("check", "-q"), project.manage("delamp", "check", "-q")
    assert alone.returncode == managed.returncode == 3
    assert "mappings.E002" in alone.stderr
    assert alone.stderr == managed.stderr
    usage = project.manage("delamp", "run", "--no-such")
    assert usage.returncode == 2
    assert "Usage: manage.py delamp run" in usage.stderr
    assert "Usage: manage.py delamp" in project.manage("delamp", "--help").stdout
    assert "Commands:" in project.manage("help", "delamp").stdout


def test_call_command_raises_with_the_exit_code() -> None:
    call_command("delamp", "completion", "bash")
    with pytest.raises(CommandError) as caught:
        call_command("delamp", "run", "--no-such")
    assert caught.value.returncode == 2


def test_password_of_the_source_option_never_shows(project: Project) -> None:
    source = "mysql://u:s3cret@127.0.0.1:1/db"
    for arguments in (["check", "-v"], ["run", "-v"], ["grants", "run"]):
        done = project.delamp(*arguments, "--source", source)
        assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "code"),
    [
        (["check"], {"LEGACY_URL": "mysql://u@127.0.0.1:1/db"}, 4),
        (["status"], {}, 5),
        (["rejects", "list"], {}, 5),
        (["run"], {"DELAMP_READERS": "none"}, 3),
    ],
)
def test_side_that_cannot_be_reached_is_told_by_the_exit_code(
    arguments: list[str], environment: dict[str, str], code: int, project: Project
) -> None:
    project.environment |= environment
    done = project.delamp(*arguments)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_every_command_is_tested_for_its_help() -> None:
    def walk(command: Any, path: list[str]) -> list[list[str]]:
        inner = getattr(command, "commands", {})
        return [path, *(p for name, sub in inner.items() for p in walk(sub, [*path, name]))]

    assert sorted(walk(delamp, [])) == sorted(PATHS)


def test_docstring_of_the_command_names_every_exit_code() -> None:
    from migrate.cli.exits import Exit

    text = re.sub(r"\s+", " ", delamp.help or "")
    for code in Exit:
        assert re.search(rf"\b{int(code)} [a-z]", text)
