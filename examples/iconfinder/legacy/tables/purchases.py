"""purchases: money, twice (decimal and cents), with the receipt as a PHP array or object."""

from __future__ import annotations

from collections.abc import Iterator

from examples.iconfinder.legacy.ills import Ill
from examples.iconfinder.legacy.layout import layout
from examples.iconfinder.legacy.literals import NULL, quote, quoted
from examples.iconfinder.legacy.moments import FOLD, GAP, wall_clock
from examples.iconfinder.legacy.php import PhpObject, serialize
from examples.iconfinder.legacy.sizes import ICONS, PURCHASES, USERS, Sizes, ident
from examples.iconfinder.legacy.table import Table

__all__ = ["TABLE"]

_CREATE = """
CREATE TABLE purchases (
  id int(10) unsigned NOT NULL AUTO_INCREMENT,
  invoice varchar(20) NOT NULL,
  user_id int(10) unsigned NOT NULL,
  icon_id int(10) unsigned NOT NULL,
  amount decimal(10,2) NOT NULL,
  fee_cents int(11) NOT NULL DEFAULT '0',
  currency enum('DKK','EUR','USD') NOT NULL DEFAULT 'USD',
  status enum('new','paid','refunded') NOT NULL DEFAULT 'new',
  gateway_ref bigint(20) unsigned NOT NULL,
  receipt text,
  paid_at datetime DEFAULT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
"""

PAID_IN_GAP = Ill("purchases.paid_at", "in the hour skipped in March", 98, 5, limit=3)
PAID_IN_FOLD = Ill("purchases.paid_at", "in the hour lived twice in October", 98, 19, limit=3)
RECEIPT_WRONG = Ill("purchases.receipt", "serialised with a wrong length", 98, 33, limit=8)
RECEIPT_OBJECT = Ill("purchases.receipt", "serialised object", 49, 40)
RECEIPT_PRIVATE = Ill("purchases.receipt", "object with a private property", 98, 61, limit=4)

_RECEIPTS = (
    *(
        quote(serialize(value))
        for value in (
            {"gateway": "paypal", "card": None, "lines": [{"sku": "ICON", "qty": 1}]},
            {"gateway": "epay", "card": "4571-xx", "vat": 25.0, "ok": True},
        )
    ),
    NULL,
)
_WRONG = tuple(
    map(quote, (b's:9:"paypal";', b'a:2:{s:7:"gateway";s:4:"epay";}', b'a:1:{i:0;s:5:"hi";}'))
)
_OBJECT = quote(serialize(PhpObject("Receipt", {"gateway": "stripe", "cents": 995})))
_PRIVATE = quote(serialize(PhpObject("Receipt", {"gateway": "stripe"}, {"token": "t0k3n"})))
_STATUS = quoted("paid", "paid", "paid", "refunded", "paid", "new")
_CURRENCIES = quoted("USD", "EUR", "DKK")


def _rows(sizes: Sizes, seed: int) -> Iterator[bytes]:
    bought = layout(seed).bought
    for k in range(sizes.purchases):
        shelf, place = divmod(k, PURCHASES)
        buyer = (shelf + place) % sizes.shelves * USERS + place % USERS
        cents = 99 + k * 37 % 4_900
        status = _STATUS[k % 6]
        yield b"(%d,'IF-%08d',%d,%d,%d.%02d,%d,%s,%s,%d,%s,%s)" % (
            k + 1,
            k + 1,
            ident(buyer),
            ident(shelf * ICONS + bought[place]),
            cents // 100,
            cents % 100,
            cents * 3 // 100 if status == b"'paid'" else 0,
            _CURRENCIES[k % 3],
            status,
            4_000_000_000_000_000 + k * 1_000_003,
            _receipt(k),
            _paid_at(k, sizes.purchases),
        )


def _receipt(k: int) -> bytes:
    if RECEIPT_WRONG.hits(k):
        return _WRONG[k // 98 % len(_WRONG)]
    if RECEIPT_PRIVATE.hits(k):
        return _PRIVATE
    return _OBJECT if RECEIPT_OBJECT.hits(k) else _RECEIPTS[k % 3]


def _paid_at(k: int, rows: int) -> bytes:
    if PAID_IN_GAP.hits(k):
        return GAP[k // 98]
    if PAID_IN_FOLD.hits(k):
        return FOLD[k // 98]
    return NULL if k % 6 == 5 else wall_clock(k, rows)


TABLE = Table(
    name="purchases",
    create=_CREATE,
    keys=("UNIQUE KEY invoice (invoice)", "KEY user_id (user_id)", "KEY icon_id (icon_id)"),
    ills=(PAID_IN_GAP, PAID_IN_FOLD, RECEIPT_WRONG, RECEIPT_OBJECT, RECEIPT_PRIVATE),
    rows=_rows,
    ordinals=lambda sizes: sizes.purchases,
)
