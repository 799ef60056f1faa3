from django.db import migrations

import migrate.operations


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("market", "0001_initial"),
    ]

    operations = [
        migrate.operations.CounterTriggers(
            table="catalog_tag",
            key="id",
            key_type="bigint",
            children=[
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "tag_id",
                            "counters": [{"column": "icons_count", "empty": "0", "kind": "count"}],
                        }
                    ],
                    "table": "catalog_icon_tags",
                },
            ],
        ),
        migrate.operations.CounterTriggers(
            table="catalog_icon",
            key="id",
            key_type="bigint",
            children=[
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "icon_id",
                            "counters": [
                                {"column": "downloads_count", "empty": "0", "kind": "count"},
                                {
                                    "column": "last_download_at",
                                    "empty": "NULL",
                                    "kind": "max",
                                    "type": "timestamp with time zone",
                                    "value": '"market_download"."created_at"',
                                },
                            ],
                        }
                    ],
                    "table": "market_download",
                },
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "icon_id",
                            "counters": [
                                {"column": "favourites_count", "empty": "0", "kind": "count"}
                            ],
                        }
                    ],
                    "table": "market_favourite",
                },
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "icon_id",
                            "counters": [
                                {
                                    "column": "revenue",
                                    "empty": "0",
                                    "filter": '"market_purchase"."status" = \'paid\'',
                                    "kind": "sum",
                                    "value": '"market_purchase"."amount"',
                                }
                            ],
                        }
                    ],
                    "table": "market_purchase",
                },
            ],
        ),
        migrate.operations.CounterTriggers(
            table="catalog_iconset",
            key="id",
            key_type="bigint",
            children=[
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "icon_set_id",
                            "counters": [
                                {"column": "icons_count", "empty": "0", "kind": "count"},
                                {
                                    "column": "downloads_count",
                                    "empty": "0",
                                    "kind": "sum",
                                    "value": '"catalog_icon"."downloads_count"',
                                },
                            ],
                        }
                    ],
                    "table": "catalog_icon",
                },
            ],
        ),
    ]
