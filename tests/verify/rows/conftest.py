"""What the tests of level "rows" ask for: the moved databases of verify, with their mappings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from migrate.catalogue_reader import read_catalogue
from tests.verify.conftest import Moved
from tests.verify.legacy import MAPPINGS
from verify import Declared, Report


@pytest.fixture
def look(moved: Moved) -> Callable[..., Report]:
    """Verify at level "rows" only."""

    def rows(**options: Any) -> Report:
        declared = Declared(mappings=MAPPINGS, catalogue=read_catalogue(moved.sources[0]))
        return moved.verify("rows", declared=declared, **options)

    return rows
