"""Spatial columns as WKB in bytes: what every GIS library reads, GeoDjango's among them."""

from __future__ import annotations

from mappings.catalogue import SourceColumn
from mappings.expr import Expr, Kind, SourceValue
from mappings.sqltext import source_column
from mappings.types.base import Source, column_null
from mappings.types.binary import BytesToBytes

__all__ = ["GeometryColumn", "GeometryToBytes"]


class GeometryColumn(Source):
    """WKB has no SRID. MySQL 8 gives the axes in the order of the column's reference system."""

    types = frozenset(
        {
            "geometry",
            "point",
            "linestring",
            "polygon",
            "multipoint",
            "multilinestring",
            "multipolygon",
            "geometrycollection",
            "geomcollection",
        }
    )

    def read(self, column: SourceColumn) -> SourceValue:
        sql = f"ST_AsBinary({source_column(column.name)})"
        expr = Expr(kind=Kind.GEOMETRY, sql=sql, null=column_null(column))
        return SourceValue(expr=expr, raw=sql, decode=bytes)


class GeometryToBytes(BytesToBytes):
    kind = Kind.GEOMETRY
