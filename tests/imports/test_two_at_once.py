from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.imports.test_killing import environment  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]


def start(environment, home, code):  # noqa: F811
    command = [sys.executable, "-c", f"import django; django.setup()\n{code}"]
    given = environment | {"HABITUE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "habitue.settings"}
    return subprocess.Popen(command, env=given, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split()


@pytest.mark.parametrize("homes", [("one", "one"), ("one", "other")])
def test_two_processes_that_import_the_same_file_double_nothing(environment, tmp_path, homes):  # noqa: F811
    if homes[0] != homes[1] and "DATABASE_URL" not in environment:
        environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/shared.sqlite3"  # two machines' folders, one database
    file = tmp_path / "orders.csv"
    lines = [f"A{at},C{at % 50},2024-03-05,p{at % 40},1,1.00" for at in range(600)]
    file.write_text("\n".join(["order,customer,date,product,quantity,amount", *lines, "A0,C0,never,p,1,2"]))
    migrate = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
    end(start(environment, tmp_path / "one", migrate))
    bring_in = (
        "from pathlib import Path; from habitue.imports.importing import run\n"
        f"run('orders', Path({str(file)!r}), rows_at_once=50)"
    )
    processes = [start(environment, tmp_path / home, bring_in) for home in homes]
    for process in processes:
        end(process)
    count = (
        "from habitue.purchases.models import *; from habitue.imports.models import *\n"
        "from habitue.customers.models import *\n"
        "i = Import.objects.get()\n"
        "print(Order.objects.count(), OrderLine.objects.count(), Customer.objects.count(), Rejection.objects.count(),\n"
        "  Event.objects.filter(kind='import.finished').count(), i.rows, i.created, i.rejected, i.unchanged)"
    )
    counts = [int(number) for number in end(start(environment, tmp_path / "one", count))]
    assert counts == [599, 599, 50, 2, 1, 601, 599, 2, 0]
    assert os.listdir(tmp_path / "one" / "imports") == []
