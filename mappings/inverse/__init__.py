"""The way back: from what Django holds to a value of the source column it would have come from.

Steps and conversions propose values, and the column's own way forward decides: a value is taken if
it becomes exactly what Django holds. So an inverse cannot be wrong, only missing.
"""

from __future__ import annotations

from mappings.inverse.column import Inverse, NoWayBack, inverse_face
from mappings.inverse.logged import logged_value

__all__ = ["Inverse", "NoWayBack", "inverse_face", "logged_value"]
