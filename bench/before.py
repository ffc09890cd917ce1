"""The CPU time of today's tree and of an earlier commit, measured in turn: import, nightly refresh, list, window,
search.

    BEFORE=aca489e python -m bench before       seven pairs, 20,000 customers with 60,000 orders

Only what stays the same from commit to commit is used: commands, headings of files, addresses of pages. Each turn has
an empty SQLite base of its own. The figures are CPU time of the processes (theirs and the system's for them) on one
processor, so that other work on the machine disturbs them little; the median of the ratios is what counts. A page is
short: its figure is the least of ROUNDS medians over many requests, the trees in turn. PAIRS and CUSTOMERS choose other
numbers.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

CUSTOMERS = int(os.environ.get("CUSTOMERS", "20000"))
PAIRS = int(os.environ.get("PAIRS", "7"))
ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent
HABITUE = [sys.executable, "-m", "habitue.cli"]
PARTS = ("import of customers", "import of orders", "nightly refresh", "list", "window", "search")
PAGES = """
import json, statistics, sys, time
import django
django.setup()
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
desk = Client()
users = get_user_model().objects
desk.force_login(users.first() or users.create_superuser("bench", "bench@example.org", "x"))
def ask(address):
    answer = desk.get(address, follow=True)
    answer.getvalue() if answer.streaming else answer.content
    assert answer.status_code == 200, (address, answer.status_code)
took = {}
for name, addresses in json.load(sys.stdin).items():
    for address in addresses[:5]:
        ask(address)
    each = []
    for address in addresses:
        begun = time.process_time()
        ask(address)
        each.append(time.process_time() - begun)
    took[name] = statistics.median(each)
print(json.dumps(took))
"""


def report() -> None:
    commit = os.environ.get("BEFORE", "HEAD~1")
    ratios: dict[str, list[float]] = {name: [] for name in PARTS}
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in PARTS}
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # processors of one machine may differ by a quarter
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        _git("worktree", "add", "--detach", "--quiet", str(before), commit)
        try:
            write(Path(folder))
            for pair in range(PAIRS):
                trees = [before, ROOT] if pair % 2 else [ROOT, before]
                seconds = turn(trees, Path(folder))
                for name in PARTS:
                    was, now = seconds[before][name], seconds[ROOT][name]
                    took[name].append((was, now))
                    ratios[name].append(now / was)
                print(
                    f"  pair {pair + 1}: " + ", ".join(f"{name} {ratios[name][-1]:.2f}" for name in PARTS), flush=True
                )
        finally:
            _git("worktree", "remove", "--force", str(before))
    tell(commit, ratios, took)


def tell(commit: str, ratios: dict[str, list[float]], took: dict[str, list[tuple[float, float]]]) -> None:
    print(f"\nCPU time beside {commit}, {CUSTOMERS:,} customers, median of {PAIRS} pairs (lowest to highest)")
    for name in PARTS:
        was, now = (statistics.median(pair[at] for pair in took[name]) for at in (0, 1))
        low, high = min(ratios[name]), max(ratios[name])
        print(
            f"  {name:<20} {was:8.3f} s before {now:8.3f} s now   {statistics.median(ratios[name]):.2f} times "
            f"({low:.2f} to {high:.2f})"
        )


def turn(trees: list[Path], folder: Path) -> dict[Path, dict[str, float]]:
    """CPU seconds by part, measured on the trees of two commits; of pages, the seconds of one request."""
    with tempfile.TemporaryDirectory() as homes:
        environments = {tree: environment(tree, Path(homes) / str(at)) for at, tree in enumerate(trees)}
        seconds = {tree: stored(tree, environments[tree], folder) for tree in trees}
        rounds = [{tree: pages(tree, environments[tree]) for tree in trees} for _round in range(ROUNDS)]
        for tree in trees:
            seconds[tree] |= {name: min(each[tree][name] for each in rounds) for name in rounds[0][tree]}
        return seconds


def environment(tree: Path, home: Path) -> dict[str, str]:
    home.mkdir()
    of_tree = {"HABITUE_HOME": str(home), "PYTHONPATH": str(tree), "DATABASE_URL": ""}
    return os.environ | of_tree | {"DJANGO_SETTINGS_MODULE": "habitue.settings", "OMP_NUM_THREADS": "1"}


def stored(tree: Path, environment: dict[str, str], folder: Path) -> dict[str, float]:
    """CPU seconds that the imports and the refresh take."""
    cpu(tree, environment, [*HABITUE, "doctor", "--mend"], check=False)
    return {
        "import of customers": cpu(tree, environment, [*HABITUE, "import", "customers", f"{folder}/customers.csv"]),
        "import of orders": cpu(tree, environment, [*HABITUE, "import", "orders", f"{folder}/orders.csv"]),
        "nightly refresh": cpu(tree, environment, [*HABITUE, "refresh"]),
    }


def pages(tree: Path, environment: dict[str, str]) -> dict[str, float]:
    """CPU seconds of a request, by page."""
    done = subprocess.run(
        [sys.executable, "-c", PAGES], cwd=tree, env=environment, input=json.dumps(addresses()),
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def cpu(tree: Path, environment: dict[str, str], command: list[str], *, check: bool = True) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=tree, env=environment, capture_output=True, check=check)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def write(folder: Path) -> None:
    """Write customers.csv, with contact points, and orders.csv, with one to three lines each over three years."""
    chance = random.Random(11)
    given = [f"Given{at}" for at in range(400)]
    family = [f"Family{at}" for at in range(2_000)]
    with (folder / "customers.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["reference", "given name", "family name", "email", "mobile", "street", "postcode", "city", "country"]
        )
        for at in range(CUSTOMERS):
            street, postcode = f"{at % 90 + 1} rue {family[at % 700]}", f"{at % 89 + 10:02}000"
            point = [f"c{at}@example.org", f"06{at:08}", street, postcode, f"Town {at % 300}", "FR"]
            rows.writerow([f"C{at}", chance.choice(given), chance.choice(family), *point])
    with (folder / "orders.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["order", "customer", "date", "product", "product name", "product family", "quantity", "amount"])
        for number in range(3 * CUSTOMERS):
            buyer = int(CUSTOMERS * chance.random() ** 1.5)
            day = f"{2022 + number % 3}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
            for _line in range(chance.randrange(1, 4)):
                product = chance.randrange(2_000)
                amount = f"{chance.randrange(100, 9_000) / 100:.2f}"
                line = [f"P{product}", f"Product {product}", f"Family {product % 60}", chance.randrange(1, 5), amount]
                rows.writerow([f"A{number}", f"C{buyer}", day, *line])


def addresses() -> dict[str, list[str]]:
    chance = random.Random(12)
    people = [chance.randrange(1, CUSTOMERS) for _ in range(60)]
    sorts = ["name", "-name", "value", "-value", "last", "-last", "stage", "-expected"]
    texts = [f"given{chance.randrange(400)} fam" for _ in range(30)] + [f"c{pk}@ex" for pk in people[:30]]
    return {
        "list": [f"/customers/?sort={sort}" for sort in sorts] * 5,
        "window": [f"/customers/{pk}/" for pk in people],
        "search": [f"/search/?q={text}" for text in texts],
    }


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)
