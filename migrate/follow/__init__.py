"""Keep the target in step with a source that goes on changing: `delamp follow`, `catch_up`.

Events only name rows. A batch of them is applied by the one engine (`migrate.refresh`), and the
position behind it is stored in the transaction of its rows: killed at any moment, the follower
neither loses nor doubles a change. Without a binlog, checksum passes take its place.
"""
