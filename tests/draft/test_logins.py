"""Who had a password in PHP logs in to the drafted project with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.draft.drafting import Options, draft_url
from tests import data
from tests.fix_servers import connect_mysql

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import json, os, sys
sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from migrate.cli.main import run_cli
call_command("migrate", verbosity=0)
assert run_cli(["run", "-q"]) == 0
User = get_user_model()
User.objects.create_user("taken", password="of Django")
def tried(name, password):
    user = authenticate(username=name, password=password)
    return None if user is None else [user.get_username(), user.email, user.password.split("$")[0]]
print(json.dumps([tried(*pair) for pair in json.loads(sys.argv[1])] + [User.objects.count()]))
"""


def in_project(folder: Path, target: str, script: str, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "LEGACY"))}
    environment |= {"PYTHONPATH": str(ROOT), "DATABASE_URL": target, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


PHPASS = "$P$BabcdefghhoF/sggXNwaIB66V9Zcjt."
MD5 = "5ebe2294ecd0e0f08eab7690d2a6ee69"
"""Of "secret"."""


@pytest.mark.slow
def test_old_password_opens_a_new_account_once_and_never_somebody_else_s(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE customers (id int AUTO_INCREMENT PRIMARY KEY, username varchar(60),"
            " password char(32) NOT NULL, email varchar(80) NOT NULL)"
        )
        cursor.execute(
            "INSERT INTO customers (username, password, email) VALUES"
            f" ('Ann', '{MD5}', 'ann@example.org'), ('taken', '{MD5}', 't@example.org'),"
            f" ('twin', '{MD5}', '1@example.org'), ('TWIN', '{MD5}', '2@example.org')"
        )
    draft_url(source_db, tmp_path / "shop", Options(app="shop"), progress=lambda *told: None)
    backends = (tmp_path / "shop/shop/backends.py").read_text()
    assert 'logins = ("username", "email")' in backends
    pairs = [
        ("ann", "wrong"),
        ("ann", "secret"),
        ("Ann", "secret"),
        ("ANN@example.org", "secret"),
        ("taken", "secret"),
        ("taken", "of Django"),
        ("t@example.org", "of Django"),
        ("twin", "secret"),
        ("nobody", "secret"),
    ]
    ann = ["Ann", "ann@example.org", "pbkdf2_sha256"]
    taken = ["taken", "", "pbkdf2_sha256"]
    said = json.loads(in_project(tmp_path / "shop", target_db, SCRIPT, json.dumps(pairs)))
    assert said == [None, ann, ann, ann, None, taken, taken, None, None, 2]


BCRYPT = "$2y$04$abcdefghijklmnopqrstuuKfB9IxFzAfy8hQiPWnV4tSAUvHMHDNm"
ARGON = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$iUl5Yl5Bz0rAwxh5GBFUWg"


@pytest.mark.slow
def test_hash_whose_package_is_missing_refuses_one_login_and_is_logged(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE members (id int AUTO_INCREMENT PRIMARY KEY, username varchar(60),"
            " password varchar(255) NOT NULL)"
        )
        rows = [("ann", MD5), ("bob", BCRYPT), ("cid", ARGON)]
        cursor.executemany("INSERT INTO members (username, password) VALUES (%s, %s)", rows)
    draft_url(source_db, tmp_path / "shop", Options(app="shop"), progress=lambda *told: None)
    script = "import io, logging, sys\nlogged = io.StringIO()\nsys.modules['bcrypt'] = None\n"
    script += "sys.modules['argon2'] = None\n" + SCRIPT.replace(
        "User = get_user_model()",
        "logging.getLogger('delamp').addHandler(logging.StreamHandler(logged))\n"
        "User = get_user_model()",
    )
    script = script.replace("[User.objects.count()]", "[logged.getvalue()]")
    pairs = [("bob", "secret"), ("cid", "secret"), ("ann", "secret")]
    bob, cid, ann, logged = json.loads(
        in_project(tmp_path / "shop", target_db, script, json.dumps(pairs))
    )
    assert (bob, cid, ann) == (None, None, ["ann", "", "pbkdf2_sha256"])
    first, second = logged.splitlines()
    assert first.startswith("shop.Member 2: the password cannot be checked")
    assert "pip install bcrypt" in first and "secret" not in logged
    assert second.startswith("shop.Member 3: the password cannot be checked")


@pytest.mark.slow
@pytest.mark.data
def test_blog_is_drafted_so_that_its_users_log_in_and_its_options_are_json(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    data.load("wordpress", source_db)
    with connect_mysql(source_db) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        cursor.execute(
            "INSERT INTO wp_users (user_login, user_pass, user_email, display_name)"
            f" VALUES ('editor', '{PHPASS}', 'editor@example.org', 'The Editor')"
        )
        cursor.execute(
            "INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES"
            """ (1, '_sizes', 'a:1:{s:5:"width";i:640;}'), (1, '_edit_last', '1')"""
        )
    draft_url(source_db, tmp_path / "blog", Options(app="blog"), progress=lambda *told: None)
    pairs = [("editor", "secret"), ("editor", "wrong"), ("editor@example.org", "secret")]
    said = json.loads(in_project(tmp_path / "blog", target_db, SCRIPT, json.dumps(pairs)))
    editor = ["editor", "editor@example.org", "pbkdf2_sha256"]
    assert said == [editor, None, editor, 2]

    script = """
import json, os, sys
sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from blog.models import Option, Postmeta
print(json.dumps([
    Option.objects.get(option_name="wp_user_roles").option_value["administrator"]["name"],
    Option.objects.get(option_name="blog_charset").option_value,
    Postmeta.objects.get(meta_key="_sizes").meta_value,
]))
"""
    values = json.loads(in_project(tmp_path / "blog", target_db, script))
    assert values == ["Administrator", "UTF-8", {"width": 640}]
