"""New rows that may be duplicates, by exact matches: same e-mail; same telephone and name; same name and birth day.

They are compared with the stored customers and with earlier lines of the file. The duplicate search compares more
closely later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from habitue.customers.models import ContactPoint, Customer
from habitue.imports.kinds.customers.contact_points import Point
from habitue.imports.staging.staging import Staged
from habitue.imports.writing.walking import Alike
from habitue.kernel.database.batches import batches
from habitue.kernel.names import name_key

Group = dict[str, Any]
Mark = tuple[str, ...]  # a code, and what must be the same


def find(staged: Staged, groups: list[Group], points: dict[int, list[Point]]) -> list[Alike]:
    """One match for each row that has any, by the strongest criterion."""
    marks = {group["rank"]: list(_marks(group, points[group["rank"]])) for group in groups}
    known = _in_the_base({mark for some in marks.values() for mark in some})
    earlier = _in_the_file(staged, [(mark, g["first_line"]) for g in groups for mark in marks[g["rank"]]])
    alike = []
    for group in groups:
        line, name = group["first_line"], _name(group) or group["reference"]
        for mark in marks[group["rank"]]:
            if mark in known:
                alike.append(Alike(line, name, mark[0], *known[mark]))
                break
            if earlier.get(mark, line) < line:
                alike.append(Alike(line, name, mark[0], None, str(earlier[mark])))
                break
    return alike


def _name(group: Group) -> str:
    return group["name"] or " ".join(filter(None, (group["given_name"], group["family_name"])))


def _folded(name: str) -> str:
    """The folded words of a name in alphabetical order, so that the order of its parts does not matter."""
    return " ".join(sorted(name_key(name).split()))


def _marks(group: Group, points: list[Point]) -> Iterator[Mark]:
    name = _folded(_name(group))
    for point in points:
        if point.kind == "email" and point.valid:
            yield "email", point.value
    if name:
        for point in points:
            if point.kind == "phone" and point.valid:
                yield "phone", point.value, name
        if group["born_on"]:
            yield "born", name, group["born_on"].isoformat()


def _in_the_base(marks: set[Mark]) -> dict[Mark, tuple[int, str]]:
    known: dict[Mark, tuple[int, str]] = {}
    for kind in ("email", "phone"):
        for batch in batches(mark[1] for mark in marks if mark[0] == kind):
            rows = ContactPoint.objects.filter(kind=kind, value__any_of=batch, customer__merged_into=None)
            for value, pk, name in rows.values_list("value", "customer_id", "customer__name"):
                known.setdefault(("email", value) if kind == "email" else ("phone", value, _folded(name)), (pk, name))
    for batch in batches(key for mark in marks if mark[0] == "born" for key in _orders(mark[1])):
        people = Customer.objects.unmerged().filter(name_key__in=batch, born_on__isnull=False)
        for pk, name, born_on in people.values_list("pk", "name", "born_on"):
            known.setdefault(("born", _folded(name), str(born_on)), (pk, name))
    return known


def _orders(folded: str) -> Iterable[str]:
    """The rotations of the words of a name, under which it may be stored."""
    words = folded.split()
    return {" ".join(words[at:] + words[:at]) for at in range(len(words))}


def _in_the_file(staged: Staged, marks: list[tuple[Mark, int]]) -> dict[Mark, int]:
    """The first line with each mark that occurs more than once, in this chunk and the earlier ones.

    Marks are stored as hashes in a DuckDB table.
    """
    connection = staged.connection
    connection.execute("CREATE TABLE IF NOT EXISTS marks (mark BIGINT, line BIGINT)")
    hashes = {mark: hash(mark) for mark, _line in marks}
    table = pa.table({"mark": [hashes[mark] for mark, _line in marks], "line": [line for _mark, line in marks]})
    connection.register("these", table)
    connection.execute("INSERT INTO marks SELECT mark::BIGINT, line::BIGINT FROM these")
    query = "SELECT mark, min(line) FROM marks WHERE mark IN (SELECT mark FROM these) GROUP BY mark HAVING count(*) > 1"
    first = dict(connection.execute(query).fetchall())
    connection.unregister("these")
    return {mark: first[number] for mark, number in hashes.items() if number in first}
