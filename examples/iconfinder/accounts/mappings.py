"""Where users come from: the table that every generation of the PHP site left its habits in."""

from __future__ import annotations

from django.db.models import Q

from mappings import Column, Count, ModelMapping, Sum, steps


class UserMapping(ModelMapping):
    id = Column("user_id")
    username = Column("username")
    email = Column("email", steps.null_if_empty)
    password = Column("passwd", steps.php_password)
    full_name = Column("real_name", steps.repair_charset, steps.strip)
    country = Column("country")
    bio = Column("bio", steps.default(""), steps.html_unescape)
    homepage = Column("homepage", steps.null_if_empty)
    birthday = Column("birthday", steps.zero_dates(partial="null"))
    # A tinyint(1) that was meant to be a flag and became a rank.
    level = Column("level")
    mailings = Column("mailings")
    preferences = Column("prefs", steps.php_unserialize)
    balance = Column("balance")

    is_active = Column("active")
    is_staff = Column("is_admin", steps.to_boolean)
    is_superuser = Column("is_admin", steps.to_boolean)
    date_joined = Column("created", steps.from_unixtime)
    last_login = Column("last_login", steps.zero_dates)
    updated_at = Column("updated")

    icons_count = Count("catalog.Icon", by="author", legacy="num_icons")
    downloads_count = Count("market.Download", by="user", legacy="num_downloads")
    spent_total = Sum("market.Purchase", "amount", by="user", filter=Q(status="paid"))

    class Meta:
        source = "users"
        model = "accounts.User"
        time_zone = "Europe/Copenhagen"
