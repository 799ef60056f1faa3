"""Level 3: rows, read and converted without the compiled SQL, against what Django's ORM reads.

The source's values come as the driver gives them and are decoded here, by type; the declared steps
and the conversions are asked for their Python forms; the target is asked through the model. So a
mistake in the SQL that loaded the rows is seen, which the same SQL would make again in a checksum.
Nothing here imports `mappings.compiler`, and of a plan only names are used.
"""

from __future__ import annotations

from verify.rows.check import check_rows
from verify.rows.declared import Declared

__all__ = ["Declared", "check_rows"]
