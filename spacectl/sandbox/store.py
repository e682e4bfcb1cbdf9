"""Rows in one SQLite file: serialized messages, kept safe from other processes that write at the same time."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from spacectl.errors import SpacectlError

VERSION = 1
BUSY_SECONDS = 20.0
ELSEWHERE = "SPACECTL_SANDBOX_DB=FILE keeps the data in another file"
MAGIC = b"SQLite format 3\0"
TABLES = """
CREATE TABLE resource (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL, body BLOB NOT NULL, private BLOB NOT NULL);
CREATE INDEX resource_id ON resource (kind, id);
CREATE INDEX resource_place ON resource (kind, place, seq);
CREATE TABLE unique_values (
  kind TEXT NOT NULL, names TEXT NOT NULL, contents TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES resource ON DELETE CASCADE,
  PRIMARY KEY (kind, names, contents)) WITHOUT ROWID;
CREATE INDEX unique_values_seq ON unique_values (seq);
"""

Row = tuple[int, bytes]
UniqueValues = dict[tuple[str, ...], tuple[str, ...]]


class NotUniqueError(Exception):
    """Another row has the same values of the fields `names`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names


class Store:
    """One database, used by all threads of this process one at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that nobody else can write beside; it is undone when the block raises."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def commit(self) -> None:
        """Ends the transaction in which a new store is opened."""
        self._connection.execute("COMMIT")

    def count(self, kind: str) -> int:
        """The number of rows of a kind."""
        with self._lock:
            (count,) = self._connection.execute("SELECT count(*) FROM resource WHERE kind = ?", (kind,)).fetchone()
            return int(count)

    def bodies(self, kind: str, start: int = 0, limit: int = -1) -> list[bytes]:
        """The rows of a kind in their usual order, from the 0-based `start`; a `limit` of -1 is all."""
        query = "SELECT body FROM resource WHERE kind = ? ORDER BY place, seq LIMIT ? OFFSET ?"
        with self._lock:
            return [body for (body,) in self._connection.execute(query, (kind, limit, start))]

    def find(self, kind: str, identifier: str) -> list[Row]:
        """The rows of a kind with that identifier."""
        query = "SELECT seq, body FROM resource WHERE kind = ? AND id = ? ORDER BY seq"
        with self._lock:
            return [(seq, body) for seq, body in self._connection.execute(query, (kind, identifier))]

    def private(self, seq: int) -> bytes:
        """What is kept beside a row and never answered with it."""
        with self._lock:
            (private,) = self._connection.execute("SELECT private FROM resource WHERE seq = ?", (seq,)).fetchone()
            return bytes(private)

    def insert(
        self, kind: str, identifier: str, place: str, body: bytes, *, unique: UniqueValues, private: bytes = b""
    ) -> None:
        """Adds a row. Raises NotUniqueError."""
        with self.writing():
            sql = "INSERT INTO resource (kind, id, place, body, private) VALUES (?, ?, ?, ?, ?)"
            seq = self._connection.execute(sql, (kind, identifier, place, body, private)).lastrowid
            self._claim(kind, seq or 0, unique)

    def replace(self, kind: str, seq: int, place: str, body: bytes, unique: UniqueValues) -> None:
        """Changes a row. Raises NotUniqueError."""
        with self.writing():
            self._connection.execute("UPDATE resource SET place = ?, body = ? WHERE seq = ?", (place, body, seq))
            self._connection.execute("DELETE FROM unique_values WHERE seq = ?", (seq,))
            self._claim(kind, seq, unique)

    def replace_private(self, seq: int, private: bytes) -> None:
        """Changes what is kept beside a row."""
        with self.writing():
            self._connection.execute("UPDATE resource SET private = ? WHERE seq = ?", (private, seq))

    def delete(self, seq: int) -> None:
        """Removes a row."""
        with self.writing():
            self._connection.execute("DELETE FROM resource WHERE seq = ?", (seq,))

    def close(self) -> None:
        """Closes the database."""
        with self._lock:
            self._connection.close()

    def _claim(self, kind: str, seq: int, unique: UniqueValues) -> None:
        for names, contents in unique.items():
            values = (kind, repr(names), repr(contents), seq)
            try:
                self._connection.execute("INSERT INTO unique_values VALUES (?, ?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise NotUniqueError(names) from None


def open_store(database: str) -> tuple[Store, bool]:
    """The store in a file, or in memory for `:memory:`, and whether it is new and still has to be seeded.

    A new store is open in a transaction that `start` of the server ends once it is seeded, so that a second process
    waits for the rows. Raises SpacectlError when the file cannot be used.
    """
    try:
        if database != ":memory:":
            make_private(Path(database))
        connection = sqlite3.connect(
            database, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
        )
        try:
            return Store(connection), prepare(connection, database)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise unusable(database, error) from error


def prepare(connection: sqlite3.Connection, database: str) -> bool:
    """Sets a connection up, makes the tables of a new database, and says whether it is new."""
    connection.execute("PRAGMA foreign_keys = ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        refuse_foreign(connection, database)
        write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
            return True
        connection.execute("COMMIT")
    if version != VERSION:
        raise SpacectlError(
            f"the sandbox database {database} is of version {version}, this spacectl reads version {VERSION}",
            "spacectl sandbox reset",
        )
    return False


def refuse_foreign(connection: sqlite3.Connection, database: str) -> None:
    """Raises SpacectlError for a database that has tables and none of ours."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "unique_values" not in names:
        raise SpacectlError(
            f"{database} is a database of something else", "unset SPACECTL_SANDBOX_DB, or name another file in it"
        )


def write_ahead(connection: sqlite3.Connection) -> None:
    """Turns WAL on; two processes that do it at once are told `locked` at once, whatever the timeout."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def make_private(path: Path) -> None:
    """Makes the file, if it is not there, so that only its owner can read it. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def remove_store(database: Path) -> None:
    """Deletes a database and what SQLite keeps beside it. Raises SpacectlError, also for a file of another kind."""
    try:
        if database.exists() and database.stat().st_size:
            check_kind(database)
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{database}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise unusable(str(database), error) from error


def check_kind(database: Path) -> None:
    """Raises SpacectlError for a file that is no SQLite database, or one of something else; a broken one passes."""
    with database.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise SpacectlError(f"{database} is no SQLite database: it was not deleted", ELSEWHERE)
    with closing(sqlite3.connect(database)) as connection, suppress(sqlite3.Error):
        refuse_foreign(connection, str(database))


def unusable(database: str, error: Exception) -> SpacectlError:
    """The error for a database that cannot be opened, read or written."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return SpacectlError(f"cannot use the sandbox database {database}: {reason}", ELSEWHERE)
