"""Agreement with `lifetimes`: each model at its parameters, on CDNOW and 10,000 simulated customers.

`python -m bench.peers` writes the results of `lifetimes` that tests/insight/data holds.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bench import cdnow, peer_environment, simulate
from habitue.insight.models import bgnbd, gammagamma, mbgnbd, paretonbd
from habitue.insight.models.dropout import Fit

HORIZON = 39.0
MODELS = {"bgnbd": bgnbd, "mbgnbd": mbgnbd, "paretonbd": paretonbd}
KEPT = Path(__file__).parent.parent / "tests" / "insight" / "data" / "lifetimes.npz"
Rows = dict[str, np.ndarray]


def report() -> None:
    print("Largest difference from lifetimes 0.11.3 over all customers, at its parameters")
    for name, rows in data().items():
        theirs = ask(rows)
        print(f"  {name}, {len(rows['x']):,} customers")
        for model in MODELS:
            alive, expected = differences(model, rows, theirs)
            print(f"    {model:<11} P(alive) {alive:.1e}   purchases in {HORIZON:.0f} weeks {expected:.1e}")
        print(f"    {'gammagamma':<11} mean amount {amount_difference(rows, theirs):.1e}")


def data() -> dict[str, Rows]:
    x, t_x, T = cdnow.columns("cdnow_customers_summary.csv", "frequency", "recency", "T")
    count, mean = cdnow.columns("cdnow_customers_summary_with_transactions.csv", "x", "zbar")
    return {"CDNOW": {"x": x, "t_x": t_x, "T": T, "count": count, "mean": mean}, "simulated": simulated(10_000)}


def simulated(size: int) -> Rows:
    random = np.random.default_rng(39)
    T = np.round(random.uniform(20, 78, size), 4)
    x, t_x, T = simulate.dropout(random, (0.243, 4.414, 0.793, 2.426), T, first_may_be_last=False)
    mean = np.zeros(size)
    mean[x > 0] = simulate.mean_amounts(random, (6.25, 3.74, 15.44), x)[1]
    return {"x": x, "t_x": t_x, "T": T, "count": x, "mean": mean}


def ask(rows: Rows) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "rows.npz", Path(folder) / "told.npz"
        np.savez(given, **rows)
        script = Path(__file__).with_name("peer_lifetimes.py")
        command = [str(peer_environment.python()), str(script), "agree", str(given), str(out), str(HORIZON)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        with np.load(out) as theirs:
            return dict(theirs)


def differences(name: str, rows: Rows, theirs: Rows) -> tuple[float, float]:
    model = MODELS[name]
    kind = paretonbd.Fit if name == "paretonbd" else Fit
    fitted = kind(*(float(value) for value in theirs[f"{name}_parameters"]), 0.0, 0)
    known = (rows["x"], rows["t_x"], rows["T"])
    alive = np.abs(model.p_alive(fitted, *known) - theirs[f"{name}_p_alive"])
    expected = np.abs(model.expected_purchases(fitted, *known, HORIZON) - theirs[f"{name}_expected"])
    return float(alive.max()), float(expected.max())


def amount_difference(rows: Rows, theirs: Rows) -> float:
    fitted = gammagamma.Fit(*(float(value) for value in theirs["gammagamma_parameters"]), 0.0, 0)
    ours = gammagamma.expected_amount(fitted, rows["count"], rows["mean"])
    return float(np.abs(ours - theirs["gammagamma_expected"]).max())


def keep() -> None:
    """Write results of `lifetimes` for the tests: every fourth customer of CDNOW and of 2,000 simulated ones."""
    kept = {}
    for name, rows in {"cdnow": data()["CDNOW"], "simulated": simulated(2_000)}.items():
        theirs = ask(rows)
        for key, column in (rows | theirs).items():
            kept[f"{name}_{key}"] = column if key.endswith("parameters") else column[::4]
    KEPT.parent.mkdir(exist_ok=True)
    np.savez_compressed(KEPT, **kept)
    print(f"{KEPT}: {KEPT.stat().st_size:,} bytes")


if __name__ == "__main__":
    keep()
