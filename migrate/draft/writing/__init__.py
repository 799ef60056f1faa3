"""A design written as files: a Django project that reads as if begun by hand.

    python     an expression as source text, laid out as ruff lays it out
    markdown   names and texts of others in Markdown and comments, which they cannot leave
    imports    the imports of a module, found from the names that its text uses
    models     models.py              mappings  mappings.py         admin  admin.py
    backends   backends.py, when there are people with passwords
    settings   manage.py, settings and what else a project has around its app
    schema     the app's first schema migration, made by Django from the models written
    report     DRAFT.md
    project    all of them, into a folder

Text in, text out; only `project` and `schema` touch files.
"""

from __future__ import annotations

from migrate.draft.writing.place import Place
from migrate.draft.writing.project import KEPT, require_free, write_project

__all__ = ["KEPT", "Place", "require_free", "write_project"]
