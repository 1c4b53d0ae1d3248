-- The peers' records on SQLite: what the gateway's two look-ups of a verification read, and no more.
PRAGMA journal_mode = WAL;
CREATE TABLE resident (
  id INTEGER PRIMARY KEY, secret BLOB NOT NULL, centihours INTEGER NOT NULL, as_of TEXT NOT NULL, honours TEXT NOT NULL
);
CREATE TABLE pass (
  id INTEGER PRIMARY KEY, resident_id INTEGER NOT NULL, sector TEXT NOT NULL, expires_at INTEGER NOT NULL,
  revoked_at INTEGER
);
CREATE TABLE pass_handle (handle BLOB PRIMARY KEY, pass_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE quota (
  pseudonym BLOB NOT NULL, bucket TEXT NOT NULL, used INTEGER NOT NULL, allowance INTEGER NOT NULL,
  PRIMARY KEY (pseudonym, bucket)
) WITHOUT ROWID;
CREATE TABLE registry_import (id INTEGER PRIMARY KEY, as_of TEXT NOT NULL);
CREATE INDEX registry_import_as_of ON registry_import (as_of);
