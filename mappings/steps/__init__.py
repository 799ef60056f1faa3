"""All steps. `from mappings import steps; Column("title", steps.strip, steps.truncate(80))`.

A step without options is a `Step`; one with options is a function that returns a `Step`.
"""

from __future__ import annotations

from mappings.steps.cents_to_decimal import cents_to_decimal
from mappings.steps.from_unixtime import from_unixtime
from mappings.steps.html_unescape import html_unescape
from mappings.steps.in_python import in_python
from mappings.steps.int_to_ip import int_to_ip
from mappings.steps.local_time import local_time
from mappings.steps.lower import lower
from mappings.steps.nulls import default, null_if, null_if_empty
from mappings.steps.parse_json import parse_json
from mappings.steps.php_password import php_password
from mappings.steps.php_session import php_session
from mappings.steps.php_unserialize import php_unserialize
from mappings.steps.repair_charset import repair_charset
from mappings.steps.split import split
from mappings.steps.static_map import static_map
from mappings.steps.strip import strip
from mappings.steps.to_boolean import to_boolean
from mappings.steps.truncate import truncate
from mappings.steps.zero_dates import zero_dates

__all__ = [
    "cents_to_decimal",
    "default",
    "from_unixtime",
    "html_unescape",
    "in_python",
    "int_to_ip",
    "local_time",
    "lower",
    "null_if",
    "null_if_empty",
    "parse_json",
    "php_password",
    "php_session",
    "php_unserialize",
    "repair_charset",
    "split",
    "static_map",
    "strip",
    "to_boolean",
    "truncate",
    "zero_dates",
]
