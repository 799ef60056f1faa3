"""Cuts a shop over, case by case, each in a process of its own: run in the shop's folder.

Each line of stdin is a case as JSON: `do` (cutover or undo), `options`, and a moment (`at`: a
state, and a part of what is told in it) with what happens then (`how`: killed, raised, or
statements for the source). `spoil` is a state in which a row of the target is damaged, `dies` one
at which it is killed (or `dies_after_seconds` later), `hold` a statement of the target whose
transaction is left open from that moment on. An undo is killed after so many statements on the
source (`dies_after_statements`). Each line of stdout is what came of it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import django
import psycopg2


class Planned(Exception):
    """Raised by a case at its moment."""


def main() -> None:
    sys.path.insert(0, ".")
    django.setup()
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            said = _carry_out(json.loads(line))
            os.write(write, json.dumps(said).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answer:
            text = answer.read()
        status = os.waitpid(child, 0)[1]
        print(text or json.dumps({"killed": os.WTERMSIG(status)}), flush=True)


def _carry_out(case: dict[str, Any]) -> dict[str, Any]:
    from migrate.config import load_config
    from migrate.cutover import Options, cutover, undo
    from migrate.errors import DelampError
    from migrate.follow.following import catch_up
    from migrate.source import Source
    from migrate.target import Target

    config = load_config()
    told: list[str] = []
    given = dict(case.get("options", {}))
    for name in ("accept",):
        given[name] = frozenset(given.get(name, ()))
    if "php_users" in given:
        given["php_users"] = tuple(given["php_users"])
    if "maintenance_done_file" in given:
        given["maintenance_done_file"] = Path(given["maintenance_done_file"])
    state, part = case.get("at", ("", ""))
    stop = threading.Event()
    held: list[Any] = []

    def listen(said: Any) -> None:
        told.append(f"{said.state}: {said.text}")
        if said.state == case.get("dies") and not said.text:
            later = case.get("dies_after_seconds", 0.0)
            threading.Timer(later, os.kill, (os.getpid(), signal.SIGKILL)).start()
            if not later:
                time.sleep(60)
        if said.state == case.get("spoil") and not said.text:
            target = Target(config.database)
            target.execute("UPDATE shop_icon SET size = 78 WHERE id = 1")
            target.close()
        if said.state != state or part not in said.text or (not part and said.text):
            return
        match case["how"]:
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raised":
                raise Planned(state)
            case "stopped":
                stop.set()
            case "followed":
                try:
                    catch_up(config, stop=threading.Event())
                    told.append("followed")
                except DelampError as error:
                    told.append(error.message)
            case "target lost":
                target = Target(config.database, name="test")
                target.rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'delamp%' AND datname = current_database()"
                )
                target.close()
            case statements:
                source = Source(config.source)
                for statement in statements:
                    source.rows(statement)
                source.close()
        if "hold" in case:
            # As another application has it: no connection of delamp's.
            held.append(psycopg2.connect(os.environ["DATABASE_URL"]))
            held[0].cursor().execute(case["hold"])

    try:
        if case["do"] == "undo":
            _die_after(case.get("dies_after_statements"))
            sure = {name: case.get(name, False) for name in ("after_done", "anywhere")}
            record = undo(config, tell=told.append, **sure)
            return {"state": record.state, "told": told}
        outcome = cutover(config, Options(**given), listener=listen, stop=stop)
    except Planned:
        return {"raised": True, "told": told}
    except DelampError as error:
        return {"error": error.message, "code": error.exit_code, "hint": error.hint, "told": told}
    found = {"state": outcome.state, "method": outcome.method, "told": told}
    return found | {"pause": outcome.write_pause_seconds, "report": outcome.report}


def _die_after(statements: int | None) -> None:
    """Be killed once so many statements of the recipe were run, counted as the source gets them."""
    from migrate.source import Source

    if statements is None:
        return
    run, left = Source.rows, [statements]

    def counted(source: Source, sql: str, *more: Any) -> Any:
        if sql.startswith(("GRANT", "SET GLOBAL")):
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
        return run(source, sql, *more)

    Source.rows = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
