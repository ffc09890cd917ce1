"""The time of the search field on a large base: ten kinds of query, sent to the desk as a browser does while one types.

    python -m bench search                          100,000 and 1 M customers
    BENCH_CUSTOMERS=100000 python -m bench search

On SQLite, and with DATABASE_URL on PostgreSQL too, in a database that is dropped afterwards. A request goes through the
whole desk in one process; its CPU time (without that of PostgreSQL) is printed beside that of a fixed loop, to compare
machines. Of 500 names with one or two letters wrong, it prints how many have a customer with the right name among the
first five.
"""

from __future__ import annotations

import os
import random
import statistics
from collections.abc import Callable

from bench.at_size import begin, calibrate, on_each, timed

QUERIES, MISSPELT, FIRST = 50, 500, 5
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def report() -> None:
    on_each("bench.search")


def run(size: int) -> None:
    from bench import people
    from habitue.customers.search import finding

    people.write(size)
    _orders()
    tell("index made anew", *timed(finding.reindex))
    calibrate()
    ask = _desk()
    ask("warm up")
    for kind, queries in kinds(random.Random(7)).items():
        took = [timed(lambda text=text: ask(text)) for text in queries]
        walls, busy = ([1000 * seconds for seconds in sorted(times)] for times in zip(*took, strict=True))
        at = int(len(took) * 0.95)
        waits = f"p50 {statistics.median(walls):6.1f} ms  p95 {walls[at]:6.1f} ms"
        print(f"  {kind:<22} {waits}  CPU {statistics.mean(busy):6.1f} ms  p95 {busy[at]:6.1f} ms")
    right, asked = hits(random.Random(11))
    print(f"  {right} of {asked} misspelt names have somebody of that name among the first {FIRST}")


def kinds(chance: random.Random) -> dict[str, list[str]]:
    from habitue.customers.models import ContactPoint, Customer
    from habitue.purchases.models import Order

    last = Customer.objects.order_by("-pk")[0].pk
    picked = {pk: Customer.objects.get(pk=pk) for pk in chance.sample(range(1, last + 1), 20 * QUERIES)}
    people = [one for one in picked.values() if one.kind == "person"]
    firms = [one for one in picked.values() if one.kind == "organisation"]
    points = ContactPoint.objects.filter(customer__in=picked)
    phones = [one for one in points if one.kind == "phone"][:QUERIES]
    emails = [one.value for one in points if one.kind == "email"][:QUERIES]
    numbers = [Order.objects.get(pk=pk).number for pk in chance.sample(range(1, last // 4), QUERIES)]
    accented = [one.name for one in people if not one.name.isascii()]
    common = ["marie", "jean", "martin", "petit", "thomas", "anne", "le", "de", "bernard", "mar", "je", "smith", "du"]
    return {
        "typing error": [misspelt(one.name, 1, chance) for one in people[:QUERIES]],
        "no accent": [one.name_key for one in people if one.name in accented][:QUERIES],
        "swapped parts": [f"{one.family_name} {one.given_name}" for one in people[-QUERIES:]],
        "telephone, a fragment": [_fragment(one.value, chance) for one in phones],
        "telephone, whole": [one.typed for one in phones],
        "e-mail address": emails,
        "order number": numbers,
        "reference": [one.reference for one in people[QUERIES : 2 * QUERIES]],
        "organisation": [one.name for one in firms[:QUERIES]],
        "a short common word": [chance.choice(common) for _ in range(QUERIES)],
    }


def hits(chance: random.Random) -> tuple[int, int]:
    from habitue.customers.models import Customer
    from habitue.customers.search.finding import find

    everybody = Customer.objects.unmerged()
    last, hit_count = everybody.order_by("-pk")[0].pk, 0
    for _ in range(MISSPELT):
        somebody = everybody.get(pk=chance.randrange(1, last + 1))
        typed = misspelt(somebody.name, chance.choice([1, 2]), chance)
        right = any(hit.customer.name_key == somebody.name_key for hit in find(everybody, typed, FIRST))
        hit_count += right
        if not right and "SHOW" in os.environ:
            print("   ", somebody.name, "|", typed, "|", [hit.customer.name for hit in find(everybody, typed, FIRST)])
    return hit_count, MISSPELT


def misspelt(name: str, wrong: int, chance: random.Random) -> str:
    """The name with `wrong` letters changed, left out, added or swapped."""
    for _ in range(wrong):
        at = chance.choice([at for at, letter in enumerate(name) if letter.isalpha()])
        letter = chance.choice(LETTERS)
        name = chance.choice(
            [
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            ]
        )
    return name


def tell(what: str, wall: float, busy: float) -> None:
    print(f"  {what} in {wall:.0f} s, {busy:.0f} s of CPU here", flush=True)


def _desk() -> Callable[[str], object]:
    from django.test import Client

    from habitue.team.models import User

    user = User.objects.create_user("bo", password="a password of the bench")
    user.let_into_the_desk()
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)

    def ask(text: str) -> None:
        response = client.get("/search/", {"q": text}, headers={"hx-request": "true"})
        if response.status_code != 200:
            raise SystemExit(f"{text!r}: {response.status_code}")

    return ask


def _orders() -> None:
    """Write an order with a number of ten digits for every fourth customer."""
    from django.db import transaction
    from django.utils import timezone

    from habitue.customers.models import Customer
    from habitue.kernel.database import bulk
    from habitue.purchases.models import Order

    chance, now = random.Random(3), timezone.now()
    names = "id number buyer placed_at placed_on place currency gross amount paid line_count fingerprint changed_at"
    buyers = list(Customer.objects.values_list("pk", flat=True))[::4]
    rows = (
        (at, f"{chance.randrange(10**4):04}{at:06}", pk, now, now.date(), "", "EUR", 100, 100, 100, 0, "0", now)
        for at, pk in enumerate(buyers, 1)
    )
    with transaction.atomic():
        bulk.insert(Order, names.split(), rows)


def _fragment(value: str, chance: random.Random) -> str:
    digits, length = value[3:], chance.choice([4, 5, 6])
    start = chance.randrange(len(digits) - length + 1)
    return digits[start : start + length]


if __name__ == "__main__":
    begin(run)
