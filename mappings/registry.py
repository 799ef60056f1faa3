"""Find the mappings of a Django project: `mappings.py` in every installed app, like `admin.py`."""

from __future__ import annotations

from django.utils.module_loading import autodiscover_modules

from mappings.base import ModelMapping, declared

__all__ = ["discover"]


def discover() -> tuple[type[ModelMapping], ...]:
    """Import `mappings` of every installed app and return all mapping classes.

    An error inside such a module is raised as it is; an app without one is passed over.
    """
    autodiscover_modules("mappings")
    return declared()
