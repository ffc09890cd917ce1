"""The full-text index of search on both databases, SQLite FTS5 and PostgreSQL: the only module of search with SQL.

Over the table of `Entry` there is an index of whole words and a trigram index of marks. On SQLite both are tables kept
up to date by triggers; a migration that rebuilds the table of `Entry` has to call `create` again, because that drops
the triggers. On PostgreSQL they are two GIN indexes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError, connection, models
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In
from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError

SHORTEST_PIECE = 3
TRIGGERS = {
    "customers_entry_comes": """AFTER INSERT ON customers_entry BEGIN
        INSERT INTO customers_entry_words (rowid, words) VALUES (new.customer_id, new.words);
        INSERT INTO customers_entry_marks (rowid, marks) VALUES (new.customer_id, new.marks); END""",
    "customers_entry_goes": """AFTER DELETE ON customers_entry BEGIN
        INSERT INTO customers_entry_words (customers_entry_words, rowid, words)
            VALUES ('delete', old.customer_id, old.words);
        INSERT INTO customers_entry_marks (customers_entry_marks, rowid, marks)
            VALUES ('delete', old.customer_id, old.marks); END""",
    "customers_entry_words_change": """AFTER UPDATE ON customers_entry WHEN old.words <> new.words BEGIN
        INSERT INTO customers_entry_words (customers_entry_words, rowid, words)
            VALUES ('delete', old.customer_id, old.words);
        INSERT INTO customers_entry_words (rowid, words) VALUES (new.customer_id, new.words); END""",
    "customers_entry_marks_change": """AFTER UPDATE ON customers_entry WHEN old.marks <> new.marks BEGIN
        INSERT INTO customers_entry_marks (customers_entry_marks, rowid, marks)
            VALUES ('delete', old.customer_id, old.marks);
        INSERT INTO customers_entry_marks (rowid, marks) VALUES (new.customer_id, new.marks); END""",
}
TABLES = {
    "customers_entry_words": "words, content = 'customers_entry', content_rowid = 'customer_id', detail = 'none', "
    """columnsize = 0, prefix = '1 2 3', tokenize = "unicode61 remove_diacritics 0 tokenchars '@'" """,
    "customers_entry_marks": "marks, content = 'customers_entry', content_rowid = 'customer_id', columnsize = 0, "
    "tokenize = 'trigram case_sensitive 1'",
}
VECTOR = "array_to_tsvector(string_to_array(words, ' '))"
INDEXES = {
    "customers_entry_words": f"({VECTOR})",
    "customers_entry_marks": "(marks gin_trgm_ops)",
}

Word = tuple[str, bool]  # and whether it is only the beginning of one


def create() -> None:
    """Create the full-text indexes over the existing table of `Entry`, with the rows that it has."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _allow_pieces(cursor)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what was just written is checked before the table changes
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for name, on in INDEXES.items():
                cursor.execute(f"CREATE INDEX {name} ON customers_entry USING gin {on}")
            return
        for name, columns in TABLES.items():
            cursor.execute(f"CREATE VIRTUAL TABLE {name} USING fts5({columns})")
            cursor.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")  # noqa: S608
        for name, does in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER {name} {does}")


def drop() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in INDEXES:
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
            return
        for name in TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        for name in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")


def tidy() -> None:
    """Remove the words of deleted rows from the disk: FTS5 keeps them until its segments are merged.

    On PostgreSQL this is the work of VACUUM, as for any table.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in TABLES:
                cursor.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")  # noqa: S608


def write(rows: Sequence[tuple[int, str, str]]) -> None:
    """Insert or update entries (customer id, words, marks) in one statement.

    FTS5 flushes its index at the end of each statement, and the ORM would need one for every 333 rows.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        some, taken = "unnest(%s::bigint[], %s::text[], %s::text[]) AS one", "*"
        given: list[Any] = [list(part) for part in zip(*rows, strict=True)]
    else:
        some, given = "json_each(%s) WHERE true", [json.dumps(rows)]
        taken = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(3))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_entry (customer_id, words, marks) SELECT {taken} FROM {some} "  # noqa: S608
            "ON CONFLICT (customer_id) DO UPDATE SET words = excluded.words, marks = excluded.marks",
            given,
        )


def analyse(*written: type[models.Model]) -> None:
    """Update PostgreSQL's statistics of these tables after many writes; without them it scans whole tables."""
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in written)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {names}")


def with_words(all_of: Sequence[Sequence[Word]], limit: int) -> list[int]:
    """Ids of customers who have at least one word of each group of `all_of`; a word is (text, whether it is a prefix).

    [[("marie", False)], [("mar", True), ("@mar", True)]] is "marie" and a word, employer or town that begins with
    "mar".
    """
    return _pks(*_words_query(all_of), limit)


def with_piece(piece: str, limit: int) -> list[int]:
    """Ids of customers with a mark (e-mail address, telephone number, reference) that contains `piece`.

    `piece` has at least three characters.
    """
    return _pks(*_marks_query(piece), limit)


def some(all_of: Sequence[Sequence[Word]], pieces: Sequence[str], limit: int) -> list[int]:
    """Up to `limit` ids of the customers that `everybody` would select."""
    by_piece = [pk for piece in pieces for pk in with_piece(piece, limit)]
    return [*by_piece, *(with_words(all_of, limit) if all_of else [])][:limit]


def everybody(all_of: Sequence[Sequence[Word]], pieces: Sequence[str], pks: Sequence[int] = ()) -> RawSQL:
    """A subquery of customer ids: those with the words `all_of` or with a mark that contains a piece, and `pks`."""
    queries = [_marks_query(piece) for piece in pieces] + ([_words_query(all_of)] if all_of else [])
    if pks or not queries:
        marks = ", ".join(["%s"] * len(pks)) or "NULL"
        queries.append((f"SELECT customer_id FROM customers_entry WHERE customer_id IN ({marks})", [*pks]))  # noqa: S608
    sql = " UNION ".join(sql for sql, _parameters in queries)
    return RawSQL(sql, [one for _sql, parameters in queries for one in parameters])  # noqa: S611


def are_among(pks: RawSQL, *, walk: bool) -> In:
    """The condition that a customer's id is in the subquery `pks`.

    With `walk`, SQLite scans customers in the order of the list and tests each, instead of sorting all matches for a
    page of fifty.
    """
    return In(F("pk") + 0 if walk and connection.vendor == "sqlite" else F("pk"), pks)


def any_of(lists: Iterable[Sequence[Sequence[Word]]], limit: int) -> list[int]:
    """Ids of customers for whom at least one of several `all_of` holds: see `with_words`."""
    wanted = " | ".join(f"({_expression(all_of)})" for all_of in lists)
    return _pks(_words_sql(), [_dialect(wanted)], limit)


def _allow_pieces(cursor: Any) -> None:
    try:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError as error:
        raise HabitueError(
            _("PostgreSQL lacks its extension pg_trgm. Ask its administrator to run: CREATE EXTENSION pg_trgm;")
        ) from error


def _words_query(all_of: Sequence[Sequence[Word]]) -> tuple[str, list[Any]]:
    return _words_sql(), [_dialect(_expression(all_of))]


def _words_sql() -> str:
    if connection.vendor == "postgresql":
        return f"SELECT customer_id FROM customers_entry WHERE {VECTOR} @@ %s::tsquery"  # noqa: S608
    return "SELECT rowid FROM customers_entry_words WHERE customers_entry_words MATCH %s"


def _marks_query(piece: str) -> tuple[str, list[Any]]:
    if connection.vendor == "postgresql":
        plain = piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return "SELECT customer_id FROM customers_entry WHERE marks LIKE %s", [f"%{plain}%"]
    return "SELECT rowid FROM customers_entry_marks WHERE customers_entry_marks MATCH %s", [
        '"' + piece.replace('"', '""') + '"'
    ]


def _pks(sql: str, parameters: list[Any], limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT %s", [*parameters, limit])
        return [pk for (pk,) in cursor.fetchall()]


def _expression(all_of: Sequence[Sequence[Word]]) -> str:
    """`all_of` as a PostgreSQL tsquery. Words have only letters, digits and perhaps @, so nothing is escaped."""
    each = [" | ".join(f"'{text}'{':*' if beginning else ''}" for text, beginning in any_word) for any_word in all_of]
    return " & ".join(f"({words})" for words in each)


def _dialect(expression: str) -> str:
    if connection.vendor == "postgresql":
        return expression
    return expression.replace("'", '"').replace(":*", " *").replace(" & ", " AND ").replace(" | ", " OR ")
