"""Pairs of profiles compared on DuckDB, with the level of each comparison. The same SQL serves one customer and all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from django.conf import settings

from habitue.customers.duplicates import mixture
from habitue.customers.duplicates.levels import COMPARISONS, Comparison
from habitue.customers.duplicates.mixture import Floats, Gammas, Model
from habitue.customers.duplicates.profiles import Profile, keys
from habitue.kernel.database import duck

LARGEST = 100  # records that share a key: beyond, the key says too little for what looking at all pairs costs
FREQUENT = 0.00002  # of the records: what is rarer counts as rare
SAMPLE = 400  # records on each side of the random pairs
LISTS = ("parts", "phones", "emails", "addresses")
NAMES = tuple(column.name for column in fields(Profile))
TEXTS = pa.list_(pa.string())
TYPES = {"id": pa.int64(), "organisation": pa.bool_()} | dict.fromkeys(LISTS, TEXTS)
ASKED = pa.schema([("one", pa.int64()), ("two", pa.int64())])
SCHEMA = pa.schema([(name, TYPES.get(name, pa.string())) for name in NAMES])


@dataclass(frozen=True)
class Compared:
    """Compared pairs: n ids on each side, an n × comparisons array of levels (int8, 0: not comparable), and by
    comparison the values whose frequency is looked up.
    """

    first: Any
    second: Any
    gammas: Gammas
    terms: dict[str, Any]


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB connection for comparing all customers, without a memory limit of ours; it spills to `settings.HOME`."""
    return duck.connect(settings.HOME / "duplicates", memory=None)


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    """The DuckDB connection for comparing one customer at a time, opened once: opening takes longer than one
    comparison.
    """
    return duck.connect(threads=1)


def table(profiles: Iterable[Profile], *, with_keys: bool = False) -> pa.Table:
    rows = list(profiles)
    columns = {name: pa.array([getattr(row, name) for row in rows], SCHEMA.field(name).type) for name in NAMES}
    if with_keys:
        columns["keys"] = pa.array([sorted(set(keys(row))) for row in rows], TEXTS)
    return pa.table(columns)


def compare(left: Iterable[Profile], right: Iterable[Profile]) -> Compared:
    """Compare each profile of `left` with each profile of `right`."""
    with _shared().cursor() as connection:
        connection.register("lefts", table(left))
        connection.register("rights", table(right))
        return _fetched(connection, _levels(_sides("lefts l, rights r")))


def compare_all(connection: duckdb.DuckDBPyConnection, also: Sequence[tuple[int, int]] = ()) -> Compared:
    """Compare the pairs of the table `profiles` that share a blocking key, and the pairs of ids in `also`."""
    connection.register(
        "also", pa.table({"one": [one for one, _two in also], "two": [two for _one, two in also]}, ASKED)
    )
    connection.execute(
        f"""CREATE TABLE pairs AS
        WITH keyed AS (SELECT id, organisation, unnest(keys) AS k FROM profiles),
        telling AS (SELECT k FROM keyed GROUP BY k HAVING count(*) BETWEEN 2 AND {LARGEST}),
        kept AS (SELECT * FROM keyed SEMI JOIN telling USING (k))
        SELECT one, two FROM also UNION
        SELECT l.id AS one, r.id AS two
        FROM kept l JOIN kept r ON l.k = r.k AND l.id < r.id AND l.organisation = r.organisation"""  # noqa: S608
    )
    return _fetched(
        connection,
        _levels(_sides("pairs JOIN profiles l ON l.id = one JOIN profiles r ON r.id = two")) + " ORDER BY 1, 2",
    )


def fitted(connection: duckdb.DuckDBPyConnection, compared: Compared) -> Model:
    """The duplicate model estimated on the table `profiles`, whose pairs are `compared`."""
    counted = connection.execute("SELECT count(*) FROM profiles").fetchone()
    model = mixture.usual(counted[0] if counted else 0)
    agree = {}
    for one in COMPARISONS:
        if one.term:
            model.terms[one.name], agree[one.name] = _frequencies(connection, one.term)
    mixture.with_strangers(model, _at_random(connection), agree)
    patterns, counts = np.unique(compared.gammas, axis=0, return_counts=True)
    return mixture.estimate(model, patterns, counts.astype(np.float64))


def scored(model: Model, compared: Compared) -> Floats:
    shared = {
        name: np.array([mixture.share_of(model, name, value) for value in values])
        for name, values in compared.terms.items()
    }
    return mixture.scores(model, compared.gammas, shared)


def _frequencies(connection: duckdb.DuckDBPyConnection, column: str) -> tuple[dict[str, float], float]:
    """(share of the records by value, rare values left out; chance that two records have the same value)."""
    rows = connection.execute(
        f"SELECT {column}, count(*) AS n FROM profiles WHERE {column} <> '' GROUP BY 1"  # noqa: S608
    ).fetchnumpy()
    counts = rows["n"].astype(float)
    total = counts.sum() or 1.0
    frequent = counts > max(mixture.RAREST, FREQUENT * total)
    terms = dict(zip(rows[column][frequent].tolist(), (counts[frequent] / total).tolist(), strict=True))
    return terms, float(((counts / total) ** 2).sum())


def _at_random(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[int, int]]:
    left, right = (f"(FROM profiles USING SAMPLE {SAMPLE} ROWS (reservoir, {seed}))" for seed in (7, 11))
    connection.execute(f"CREATE TABLE at_random AS {_levels(_sides(f'{left} l JOIN {right} r ON l.id <> r.id'))}")
    return {
        one.name: dict(connection.execute(f"SELECT {one.name}, count(*) FROM at_random GROUP BY 1").fetchall())  # noqa: S608
        for one in COMPARISONS
    }


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> Compared:
    columns = connection.execute(sql).fetchnumpy()
    gammas = np.column_stack([columns[one.name] for one in COMPARISONS]).astype(np.int8)
    terms = {one.name: columns[f"term_{one.name}"] for one in COMPARISONS if one.term}
    return Compared(columns["one"], columns["two"], gammas, terms)


def _sides(pairs: str) -> str:
    columns = ", ".join(f"l.{name} AS {name}_l, r.{name} AS {name}_r" for name in NAMES)
    return f"SELECT {columns} FROM {pairs}"  # noqa: S608


def _levels(sides: str) -> str:
    levels = ", ".join(f"{_case(one)} AS {one.name}" for one in COMPARISONS)
    terms = ", ".join(f"{one.term}_l AS term_{one.name}" for one in COMPARISONS if one.term)
    return f"SELECT id_l AS one, id_r AS two, {levels}, {terms} FROM ({sides})"  # noqa: S608


def _case(one: Comparison) -> str:
    whens = " ".join(f"WHEN {level.sql} THEN {at}" for at, level in enumerate(one.levels, start=1) if level.sql)
    return f"(CASE WHEN NOT ({one.known}) THEN 0 {whens} ELSE {len(one.levels)} END)::TINYINT"
