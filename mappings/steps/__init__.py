"""All steps. `from mappings import steps; Column("title", steps.strip, steps.truncate(80))`.

A step without options is a `Step`; one with options is a function that returns a `Step`.
"""

from __future__ import annotations

from mappings.steps.bbcode_to_html import bbcode_to_html
from mappings.steps.br_to_newline import br_to_newline
from mappings.steps.cents_to_decimal import cents_to_decimal
from mappings.steps.decode_utf8 import decode_utf8
from mappings.steps.from_unixtime import from_unixtime
from mappings.steps.full_year import full_year
from mappings.steps.html_unescape import html_unescape
from mappings.steps.in_python import in_python
from mappings.steps.int_to_ip import int_to_ip
from mappings.steps.integers import integers
from mappings.steps.local_time import local_time
from mappings.steps.lower import lower
from mappings.steps.nulls import default, null_if, null_if_empty
from mappings.steps.packed_ip import hex_ip, packed_ip
from mappings.steps.parse_dates import parse_date, parse_datetime, parse_timestamp
from mappings.steps.parse_ip import parse_ip
from mappings.steps.parse_json import parse_json
from mappings.steps.parse_number import parse_number
from mappings.steps.php_password import php_password
from mappings.steps.php_session import php_session
from mappings.steps.php_unserialize import php_unserialize
from mappings.steps.relative_to import relative_to
from mappings.steps.repair_charset import repair_charset
from mappings.steps.replace import replace
from mappings.steps.replace_invalid import replace_invalid
from mappings.steps.replace_nul import replace_nul
from mappings.steps.split import split
from mappings.steps.static_map import static_map
from mappings.steps.strip import strip
from mappings.steps.strip_slashes import strip_slashes
from mappings.steps.time_of_day import time_of_day
from mappings.steps.to_boolean import to_boolean
from mappings.steps.truncate import truncate
from mappings.steps.upper import upper
from mappings.steps.zero_dates import zero_dates

__all__ = [
    "bbcode_to_html",
    "br_to_newline",
    "cents_to_decimal",
    "decode_utf8",
    "default",
    "from_unixtime",
    "full_year",
    "hex_ip",
    "html_unescape",
    "in_python",
    "int_to_ip",
    "integers",
    "local_time",
    "lower",
    "null_if",
    "null_if_empty",
    "packed_ip",
    "parse_date",
    "parse_datetime",
    "parse_ip",
    "parse_json",
    "parse_number",
    "parse_timestamp",
    "php_password",
    "php_session",
    "php_unserialize",
    "relative_to",
    "repair_charset",
    "replace",
    "replace_invalid",
    "replace_nul",
    "split",
    "static_map",
    "strip",
    "strip_slashes",
    "time_of_day",
    "to_boolean",
    "truncate",
    "upper",
    "zero_dates",
]
