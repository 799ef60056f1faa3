"""Where settings come from: serialised, and edited by hand more than once."""

from __future__ import annotations

from mappings import Column, ModelMapping, steps


class SettingMapping(ModelMapping):
    key = Column("name")
    value = Column("value", steps.php_unserialize)

    class Meta:
        source = "settings"
        model = "siteconfig.Setting"
