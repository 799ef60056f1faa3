from __future__ import annotations

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "benchmarks.project"
    label = "bench"
