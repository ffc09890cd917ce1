from __future__ import annotations

import datetime as dt
import json
import os
import re

import pytest
from django.utils import timezone, translation

from habitue.cli import main
from habitue.purchases.models import Order

pytestmark = pytest.mark.django_db(transaction=True)  # a command closes its connections
GOOD = "A1,C1,2024-03-05,bread,1,2.50"


def habitue(capsys, *arguments) -> tuple[int, str, str]:
    with translation.override("en"), pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return caught.value.code, out, err


def test_it_shows_which_column_is_taken_for_what_and_ends_with_zero(write, capsys):
    code, out, _err = habitue(
        capsys, "import", "orders", write(GOOD + ",x", headings="order,client,date,article,qty,amount,memo")
    )
    assert code == 0
    assert "buyer" in out
    assert "client" in out
    assert "not used: memo" in out
    assert "1 row, 1 created" in out


def test_of_several_files_none_goes_in_when_one_cannot_be_read(write, capsys, tmp_path):
    code, _out, err = habitue(capsys, "import", "orders", write(GOOD), tmp_path / "none.csv")
    assert code == 1
    assert "none.csv" in err
    assert not Order.objects.exists()


def test_a_file_name_may_be_long_or_in_another_encoding(write, capsys, home):
    long = write(GOOD, "A2,C1,never,bread,1,2.50", name="x" * 240 + ".csv")
    assert habitue(capsys, "import", "orders", long)[0] == 3
    assert len(list((home / "imports").glob("*.rejected.csv"))) == 1
    odd = os.fsdecode(os.fsencode(long.parent) + b"/\xe9t\xe9.csv")
    os.rename(write("B1,C1,2024-03-05,bread,1,2.50"), odd)
    assert habitue(capsys, "import", "orders", odd)[0] == 0


def test_rejected_rows_end_with_three_and_the_path_of_what_to_correct(write, capsys, home):
    path = write(GOOD, "A2,C1,never,bread,1,2.50")
    code, out, _err = habitue(capsys, "import", "orders", path)
    assert code == 3
    rejected = next((home / "imports").glob("*.rejected.csv"))
    assert str(rejected) in out
    assert "never" in rejected.read_text(encoding="utf-8-sig")
    rejected.write_text(rejected.read_text(encoding="utf-8-sig").replace("never", "2024-03-06"), encoding="utf-8-sig")
    code, out, _err = habitue(capsys, "import", "orders", path)
    assert code == 3
    assert "imported already" in out
    assert "never" not in rejected.read_text(encoding="utf-8-sig").splitlines()[1].split(",")[2], (
        "a correction was lost"
    )
    mapping = next((home / "imports").glob("*.mapping.toml"))
    code, out, _err = habitue(capsys, "import", "orders", rejected, "--mapping", mapping)
    assert (code, "1 created" in out) == (0, True)


def test_programs_get_json(write, capsys):
    code, out, _err = habitue(capsys, "import", "orders", write(GOOD), "--json")
    (answer,) = json.loads(out)
    assert code == 0
    assert (answer["rows"], answer["created"], answer["rejected"], answer["already_imported"]) == (1, 1, 0, False)
    assert (answer["summary"]["orders"], answer["summary"]["sums"]) == (1, {"EUR": 250})


def test_an_error_goes_to_standard_error_and_ends_with_one(capsys, tmp_path):
    code, out, err = habitue(capsys, "import", "orders", tmp_path / "nowhere.csv")
    assert (code, out) == (1, "")
    assert "nowhere.csv" in err
    code, _out, err = habitue(capsys, "import", "orders", tmp_path / "nowhere.csv", "--mapping", "complete_jurney")
    assert code == 1
    assert "complete_journey" in err


def test_orders_dated_in_the_future_are_warned_of(write, capsys):
    to_come = timezone.localdate() + dt.timedelta(days=2)
    path = write(GOOD, f"A2,C1,{to_come},bread,1,2.50", f"A3,C1,{timezone.localdate()},bread,1,2.50")
    _code, out, _err = habitue(capsys, "import", "orders", path, "--yes")
    assert "1 order is dated in the future" in out
    _code, out, _err = habitue(capsys, "status")
    assert re.search(r"dated in the future.* 1\n", out)
    _code, out, _err = habitue(capsys, "import", "orders", write(GOOD.replace("A1", "B1"), name="more.csv"))
    assert "1 order is dated in the future" in out
    Order.objects.get(number="A2").lines.all().delete()
    Order.objects.get(number="A2").delete()
    assert "future" not in habitue(capsys, "status")[1]


def test_status_counts_promotions_and_contracts(write, capsys):
    line = "K1,C1,2024-05-01,30,5"
    habitue(capsys, "import", "contracts", write(line, headings="contract,customer,start,period,amount"))
    code, out, _err = habitue(capsys, "status")
    assert code == 0
    assert re.search(r"contracts +1\n", out)
    assert "promotions" not in out
    assert json.loads(habitue(capsys, "status", "--json")[1])["contracts"] == 1
