"""Backtests on two real bases, a grocer's and a music shop's: the stages, and 13-week forecasts.

The forecasts are compared with BG/NBD of `lifetimes` and with simple rules.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench import cdnow, journey, peer_environment
from habitue import insight
from habitue.insight.facts.seasons import bought_between
from habitue.insight.portraits import portraits
from habitue.insight.record import measures

EPOCH = dt.date(1970, 1, 1).toordinal()
BASES = {
    "The Complete Journey": (journey.write_facts, [dt.date(2017, month, 1) for month in (7, 8, 9, 10)]),
    "CDNOW": (
        cdnow.write_facts,
        [dt.date(1997, 7, 1), dt.date(1997, 10, 1), dt.date(1998, 1, 1), dt.date(1998, 3, 31)],
    ),
}
DAYS = 91
ORDER = ("new", "settling", "won_back", "regular", "slowing", "at_risk", "lost")
PEER = Path(__file__).with_name("peer_lifetimes.py")


def report() -> None:
    for name, (write_facts, cuts) in BASES.items():
        with tempfile.TemporaryDirectory() as folder:
            write_facts(Path(folder))
            facts = insight.open_facts(Path(folder))
            for cut in cuts:
                print(f"\n{name} as of {cut}, against the {DAYS} days after")
                print_record(Path(folder), facts, cut.toordinal() - EPOCH)


def print_record(folder: Path, facts: insight.Facts, day: int) -> None:
    record = insight.backtest(facts, day, DAYS)
    print_stages(record, facts, day)
    print_tenths(record["tenths"])
    print_beside(record, theirs(folder, facts, day))


def print_stages(record: dict[str, Any], facts: insight.Facts, day: int) -> None:
    for name in ORDER:
        if row := record["stages"].get(name):
            print(f"  {name:<9} {row['customers']:6} customers, {share(row['bought'], row['customers'])} bought again")
    table = portraits(facts, day).table
    stage, bought = table["stage"].to_numpy(zero_copy_only=False), table["purchases"].to_numpy()
    later = bought_between(facts, day, day + DAYS, table["customer_id"].to_numpy())["purchases"]
    silent = (bought > 1) & (later == 0)
    warned = np.isin(stage, ("at_risk", "lost"))
    print(
        f"  at risk and lost: {share(warned[bought > 0].sum(), (bought > 0).sum())} of the customers, "
        f"{share(warned[silent].sum(), silent.sum())} of the repeat buyers who then bought nothing"
    )


def print_tenths(tenths: list[dict[str, Any]]) -> None:
    shares = ", ".join(f"{100 * row['said']:.1f}/{100 * row['bought'] / row['customers']:.1f}" for row in tenths)
    furthest = max(abs(row["said"] - row["bought"] / row["customers"]) for row in tenths)
    print(f"  chance said / share that bought, by tenths, at most {furthest:.3f} apart: {shares}")


def print_beside(record: dict[str, Any], peer: dict[str, float]) -> None:
    print("  forecast         AUC   Brier   purchases off by   value off by, a customer")
    print(
        f"  {'lifetimes':<12}{peer['auc']:8.4f}{peer['brier']:8.4f}{peer['purchases']:14.2f}{peer['value'] / 100:14.2f}"
    )
    nothing: dict[str, float] = {}
    for name in ("ours", "recency", "recent", "own_mean", "everybody"):
        chance = record["chance"].get(name, nothing)
        missed = [record[what]["errors"].get(name, nothing).get("mae") for what in ("purchases", "value")]
        cells = [f"{chance[key]:8.4f}" if key in chance else " " * 8 for key in ("auc", "brier")]
        cells += [
            " " * 14 if off is None else f"{off / scale:14.2f}" for off, scale in zip(missed, (1, 100), strict=True)
        ]
        print(f"  {name:<12}{''.join(cells)}")
    for what in ("purchases", "value"):
        row = record[what]
        print(f"  {what}: {row['expected']:,.0f} expected, {row['actual']:,} made; interval held for", end=" ")
        print(share(row["within"], row["customers"]).strip())


def theirs(folder: Path, facts: insight.Facts, day: int) -> dict[str, float]:
    """The accuracy of the forecasts of `lifetimes` for the same customers and day: AUC, Brier score, mean errors."""
    out = folder / "theirs.npz"
    subprocess.run([peer_environment.python(), PEER, "forecast", folder, str(day), str(DAYS), out], check=True)
    said = np.load(out)
    later = bought_between(facts, day, day + DAYS, said["customer_id"], "USD")
    again = later["purchases"] > 0
    return {
        "auc": measures.auc(said["chance"], again) or 0.0,
        "brier": measures.brier(said["chance"], again),
        "purchases": measures.mean_absolute_error(said["purchases"], later["purchases"]),
        "value": measures.mean_absolute_error(said["value"], later["value"]),
    }


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} %" if whole else "    -  "
