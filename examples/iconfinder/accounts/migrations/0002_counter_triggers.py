from django.db import migrations

import migrate.operations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0002_counter_triggers"),
        ("market", "0001_initial"),
    ]

    operations = [
        migrate.operations.CounterTriggers(
            table="accounts_user",
            key="id",
            key_type="bigint",
            children=[
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "author_id",
                            "counters": [{"column": "icons_count", "empty": "0", "kind": "count"}],
                        }
                    ],
                    "table": "catalog_icon",
                },
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "user_id",
                            "counters": [
                                {"column": "downloads_count", "empty": "0", "kind": "count"}
                            ],
                        }
                    ],
                    "table": "market_download",
                },
                {
                    "key": ["id"],
                    "passes": [
                        {
                            "by": "user_id",
                            "counters": [
                                {
                                    "column": "spent_total",
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
    ]
