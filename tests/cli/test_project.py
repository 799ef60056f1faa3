"""Finding the Django project, with and without `manage.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate.cli.project import find_manage_py, named_settings
from migrate.errors import ConfigError
from tests.cli.fix_project import Project


@pytest.mark.parametrize(
    ("text", "module"),
    [
        ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")', "shop.settings"),
        ("os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'", "shop.settings"),
        ("import os\ndef main():\n  os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a')", "a"),
        ("os.environ.setdefault('OTHER', 'shop.settings')", None),
        ("raise SystemExit('must not be run')", None),
    ],
)
def test_settings_module_is_read_from_manage_py(
    tmp_path: Path, text: str, module: str | None
) -> None:
    (tmp_path / "manage.py").write_text(text)
    assert named_settings(tmp_path / "manage.py") == module


def test_manage_py_that_is_no_python_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("def (")
    with pytest.raises(ConfigError, match=r"manage\.py: cannot be read"):
        named_settings(tmp_path / "manage.py")


def test_manage_py_is_found_in_the_nearest_parent(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "manage.py").touch()
    assert find_manage_py(below) == tmp_path / "manage.py"
    (below / "manage.py").touch()
    assert find_manage_py(below) == below / "manage.py"


def test_project_is_found_from_a_folder_below(project: Project) -> None:
    done = project.delamp("check", cwd=project.folder / "shop" / "migrations")
    assert (done.returncode, done.stderr.splitlines()[1:]) == (0, [])
    assert "no mistake on Django's side" in done.stdout


def test_settings_option_wins_over_environment_and_manage_py(project: Project) -> None:
    project.write("other_settings.py", "from site_settings import *\nDELAMP = {'READERS': 0}\n")
    assert project.delamp("check").returncode == 0
    project.environment["DJANGO_SETTINGS_MODULE"] = "other_settings"
    assert project.delamp("check").returncode == 3
    assert project.delamp("check", "--settings", "site_settings").returncode == 0
    assert project.delamp("--settings", "site_settings", "check").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--settings", "no_such_module"], "cannot be imported, got no module 'no_such_module'"),
        (["--settings", "shop.no_such"], "cannot be imported, got no module 'shop.no_such'"),
        (["--settings", "bare_settings"], "delamp is not installed"),
    ],
)
def test_wrong_settings_module_is_a_configuration_error(
    project: Project, arguments: list[str], message: str
) -> None:
    project.write("bare_settings.py", "SECRET_KEY = 'x'\nINSTALLED_APPS = []\n")
    done = project.delamp("check", *arguments)
    assert done.returncode == 3
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_error_in_the_projects_own_code_is_shown_with_its_traceback(project: Project) -> None:
    project.write("shop/models.py", "import no_such_library\n")
    done = project.delamp("check")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "no_such_library" in done.stderr


def test_without_a_project_the_message_says_where_to_go(tmp_path: Path, project: Project) -> None:
    done = project.delamp("status", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith("error: no Django project found, got no manage.py in")
    assert "hint: run it in the project's folder" in done.stderr
