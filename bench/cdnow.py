"""The models on the CDNOW sample (2,357 customers), compared with the published figures."""

from __future__ import annotations

import csv
import datetime as dt
import importlib.util
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.laying import lay_down
from habitue.insight.models import bgnbd, gammagamma, mbgnbd, paretonbd
from habitue.insight.models.survival import Cells, fit_beta_geometric
from habitue.insight.models.uncertainty import parameter_intervals

ONE_SIGMA = 0.6827
PUBLISHED = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
    "Gamma-Gamma": {"p": 6.25, "q": 3.74, "v": 15.44},
}
# P. Fader, B. Hardie (2007): customers still there after each year, and the published parameters.
RENEWALS = {
    "regular customers": ([1000, 631, 468, 382, 326, 289, 262, 241], "0.704 and 1.182"),
    "the high end": ([1000, 869, 743, 653, 593, 551, 517, 491], "0.668 and 3.806"),
}


def cells(alive: list[int]) -> Cells:
    there = np.array(alive, float)
    years = np.arange(1, len(there))
    return Cells(np.zeros(len(years), np.int64), years, there[:-1], there[:-1] - there[1:])


def datasets() -> Path:
    spec = importlib.util.find_spec("lifetimes")
    if not spec or not spec.origin:
        raise SystemExit("The CDNOW data are missing. Run: pip install --no-deps lifetimes==0.11.3")
    return Path(spec.origin).parent / "datasets"


def columns(name: str, *wanted: str) -> list[np.ndarray]:
    with (datasets() / name).open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[column]) for row in rows]) for column in wanted]


def write_facts(folder: Path) -> None:
    """Write as facts all 23,570 CDNOW customers, first buyers of early 1997, and their purchases until June 1998."""
    lines = (datasets() / "CDNOW_master.txt").read_text().splitlines()[1:]
    rows = [line.split() for line in lines if line.strip()]
    day = [(dt.datetime.strptime(row[1], "%Y%m%d") - dt.datetime(1970, 1, 1)).days for row in rows]
    orders = {
        "order_id": pa.array(range(len(rows)), pa.int64()),
        "customer_id": pa.array([int(row[0]) for row in rows], pa.int64()),
        "day": pa.array(day, pa.int32()),
        "amount": pa.array([round(100 * float(row[3])) for row in rows], pa.int64()),
        "currency": pa.repeat("USD", len(rows)),
    }
    lay_down(folder, pa.table(orders))


def report() -> None:
    x, t_x, T = columns("cdnow_customers_summary.csv", "frequency", "recency", "T")
    repeats, amount = columns("cdnow_customers_summary_with_transactions.csv", "x", "zbar")
    fits = {
        "BG/NBD": bgnbd.fit(x, t_x, T),
        "MBG/NBD": mbgnbd.fit(x, t_x, T),
        "Pareto/NBD": paretonbd.fit(x, t_x, T),
        "Gamma-Gamma": gammagamma.fit(repeats[repeats > 0], amount[repeats > 0]),
    }
    print("CDNOW: parameter, published, ours with its standard error")
    for model, figures in PUBLISHED.items():
        errors = {name: high - low for name, (low, high) in parameter_intervals(fits[model], ONE_SIGMA).items()}
        for name, published in figures.items():
            value = f"{getattr(fits[model], name):10.4f} +- {errors[name] / 2:.4f}"
            print(f"  {model:<12} {name:<6} {published:8.3f} {value}")
        print(f"  {model:<12} log-likelihood {fits[model].log_likelihood:12.1f}")
    expected = bgnbd.expected_purchases(fits["BG/NBD"], [2], [30.43], [38.86], 39)[0]
    for plan, (alive, published) in RENEWALS.items():
        fitted = fit_beta_geometric(cells(alive))
        print(f"  renewals of {plan}: published {published}, ours {fitted.a:.3f} and {fitted.b:.3f}")
    print(f"  expected purchases in 39 weeks (x 2, t_x 30.43, T 38.86): published 1.226, ours {float(expected):.3f}")
