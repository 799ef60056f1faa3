"""`delamp cutover`, to its end: whatever PHP wrote until the freeze is in Django, and no more."""

from __future__ import annotations

import pytest

from tests.migrate.cutover.conftest import Cut

METHODS = ["read-only", "revoke", "maintenance"]


@pytest.mark.parametrize("method", METHODS)
def test_every_way_to_freeze_ends_in_a_target_that_is_verified(cut: Cut, method: str) -> None:
    cut.php("UPDATE icons SET title = 'house' WHERE id = 1", "DELETE FROM icons WHERE id = 3")
    late = ["INSERT INTO makers VALUES (50, 'Late', 5)", "UPDATE icons SET maker_id = 50"]
    case = {"options": cut.options(method), "at": ["catching-up", ""], "how": late}
    (done,) = cut.run(case)
    assert done.get("state") == "done", (done.get("error"), done["told"][-4:])
    assert done["method"] == method
    assert done["pause"] < 30
    assert cut.as_before()
    assert cut.shop.target("SELECT icons_count FROM shop_maker WHERE id = 50") == [(3,)]
    assert cut.can_write() == (method == "maintenance")
    assert cut.state()[0:2] == ("done", True)
