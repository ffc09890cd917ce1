from __future__ import annotations

import csv

import pytest

from habitue.imports import rejecting
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import load
from habitue.imports.models import Import, Rejection
from habitue.purchases.models import Order
from tests.imports.conftest import HEADINGS

pytestmark = pytest.mark.django_db


def test_rejections_corrected_come_in_with_the_same_mapping(bring_in, tmp_path):
    import_ = bring_in(
        "A1;C1;25/03/2024;pâte;1;2,50",
        "A2;C1;25/03/2024;pâte;1;deux",
        "A2;C1;25/03/2024;œuf;6;1,80",
        "A3;C2;32/03/2024;pâte;1;2,50",
        headings=HEADINGS.replace(",", ";"),
        encoding="cp1252",
    )
    assert (import_.created, import_.rejected) == (1, 3)
    rejected = tmp_path / "rejected.csv"
    assert rejecting.write(import_, rejected) == 3
    rejecting.write_mapping(import_, tmp_path / "mapping.toml")
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["habitue_line"] for row in rows] == ["3", "4", "5"]
    assert [row["habitue_column"] for row in rows] == ["amount", "", "date"]
    assert "deux" in rows[0]["habitue_reason"]
    assert "3" in rows[1]["habitue_reason"]
    assert rows[1]["product"] == "œuf"
    text = rejected.read_text(encoding="utf-8-sig").replace("1;deux;", "1;2,00;").replace(";32/03", ";31/03")
    rejected.write_text(text, encoding="utf-8-sig")
    for mapping in (load("orders", tmp_path / "mapping.toml"), None):
        again = run("orders", rejected, mapping)
        assert again.rejected == 0
    assert Order.objects.count() == 3
    assert Order.objects.get(number="A2").amount == 380
    assert Order.objects.get(number="A2").lines.get(position=2).product.reference == "œuf"


def test_a_file_that_is_rejected_whole_takes_no_memory_for_its_rejections(
    bring_in, tmp_path, django_assert_max_num_queries
):
    lines = [f"A{at},C1,never,bread,1,2.50" for at in range(5_000)]
    import_ = bring_in(*lines, answers={"headings_elsewhere": "as_guessed"})
    assert (import_.created, import_.rejected) == (0, 5_000)
    with django_assert_max_num_queries(10):
        assert rejecting.write(import_, tmp_path / "rejected.csv") == 5_000


def test_an_import_without_rejections_writes_no_file(bring_in, tmp_path):
    import_ = bring_in("A1,C1,2024-03-05,bread,1,2.50")
    assert rejecting.write(import_, tmp_path / "rejected.csv") == 0
    assert not (tmp_path / "rejected.csv").exists()


def test_every_row_is_in_or_rejected_once(bring_in):
    lines = [f"A{at % 9},C{at % 9},2024-03-0{at % 9 + 1},p{at},1,{'x' if at % 5 == 0 else at}" for at in range(40)]
    import_ = bring_in(*lines)
    inside = sum(order.line_count for order in Order.objects.all())
    assert inside + import_.rejected == import_.rows == 40
    assert Rejection.objects.values("line").distinct().count() == import_.rejected == Rejection.objects.count()
    assert Import.objects.get().rejected == import_.rejected
