"""Locks that end with the process that holds them, however it ends, so that others see at once that it has died.

On PostgreSQL, which several machines may share, a lock is an advisory one of a connection of its own. On SQLite it is
that of a file beside the database. Neither writes to the database, so that nobody who writes is in the way.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DatabaseError, connection

PATIENCE = 0.3  # seconds: whoever asks whether a file is locked holds it for a moment
NOTICED = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"


@contextmanager
def held(name: str) -> Iterator[bool]:
    """A context that holds the lock `name` where it is free; gives whether it was."""
    with _in_database(name) if connection.vendor == "postgresql" else _in_folder(name) as free:
        yield free


def is_held(name: str) -> bool:
    """Whether a process that lives holds the lock `name`."""
    if connection.vendor == "postgresql":
        return _is_held_in_database(name)
    try:
        with _path(name).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def _in_folder(name: str) -> Iterator[bool]:
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = _locked(path)
    try:
        yield file is not None
    finally:
        if file:
            path.unlink(missing_ok=True)  # while it is locked: who waits for it finds that it is another file
            file.close()


def _locked(path: Path) -> IO[str] | None:
    """The file, open and locked, while it stands in its folder; None where somebody else has it."""
    until = time.monotonic() + PATIENCE
    while True:
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                    return file
        except BlockingIOError:
            if time.monotonic() > until:
                file.close()
                return None
            time.sleep(0.01)
        file.close()


def _path(name: str) -> Path:
    """Beside the database, which folders of several installations may share; in HOME where it is in memory."""
    database = Path(str(connection.settings_dict["NAME"]))
    folder = database.parent if database.is_file() else settings.HOME
    return folder / "locks" / f"{sha256(name.encode()).hexdigest()[:16]}.lock"


@contextmanager
def _in_database(name: str) -> Iterator[bool]:
    """The server releases the lock when the connection ends; where a machine is gone, within half a minute."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(NOTICED)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_number(name)])
            free = bool(cursor.fetchone()[0])
            try:
                yield free
            finally:
                with suppress(DatabaseError):  # the connection is lost, and the lock with it
                    cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        own.close()


def _is_held_in_database(name: str) -> bool:
    number = _number(name)
    of: list[Any] = [number >> 32 & 0xFFFFFFFF, number & 0xFFFFFFFF]
    query = (
        "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND classid = %s::bigint::oid AND objid = %s::bigint::oid"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, of)
        return bool(cursor.fetchone()[0])


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)
