"""delamp's mappings: where the rows of Django models come from, declared and compiled.

Pure: nothing in this package opens a connection.
"""

from __future__ import annotations

from mappings import steps
from mappings.base import ModelMapping
from mappings.columns import (
    Column,
    Constant,
    ContentTypes,
    Gathered,
    GenericReference,
    Join,
    ManyToMany,
    Picked,
    Reference,
)
from mappings.counters import Count, Latest, Max, Sum
from mappings.errors import DeclarationError, Problem, Reject
from mappings.questions import Question
from mappings.steps.base import Step
from mappings.watermark import Watermark

__all__ = [
    "Column",
    "Constant",
    "ContentTypes",
    "Count",
    "DeclarationError",
    "Gathered",
    "GenericReference",
    "Join",
    "Latest",
    "ManyToMany",
    "Max",
    "ModelMapping",
    "Picked",
    "Problem",
    "Question",
    "Reference",
    "Reject",
    "Step",
    "Sum",
    "Watermark",
    "steps",
]
