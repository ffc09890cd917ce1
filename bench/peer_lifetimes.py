"""Runs `lifetimes` 0.11.3. This file is executed in the environment of `peer_environment` and imports nothing of ours.

python peer_lifetimes.py speed FOLDER DAY DAYS            from the log in FOLDER to scores; prints seconds
python peer_lifetimes.py forecast FOLDER DAY DAYS OUT.npz its forecasts for each customer after DAY
python peer_lifetimes.py agree ROWS.npz OUT.npz HORIZON   each model on rows: its parameters and forecasts
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pyarrow.parquet  # noqa: F401  what reading the log would import within the clock
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data

warnings.filterwarnings("ignore")
FITTERS = {"bgnbd": BetaGeoFitter, "mbgnbd": ModifiedBetaGeoFitter, "paretonbd": ParetoNBDFitter}


def speed(folder: str, day: str, days: str) -> None:
    start = time.perf_counter()
    log = pd.read_parquet(f"{folder}/orders", columns=["customer_id", "day", "amount"])
    log["date"] = pd.to_datetime(log["day"], unit="D")
    log["money"] = log["amount"] / 100
    rows = summary_data_from_transaction_data(
        log, "customer_id", "date", "money", observation_period_end=pd.to_datetime(int(day), unit="D")
    )
    summary = time.perf_counter()
    rhythm = BetaGeoFitter().fit(rows["frequency"], rows["recency"], rows["T"])
    again = rows[(rows["frequency"] > 0) & (rows["monetary_value"] > 0)]
    amounts = GammaGammaFitter().fit(again["frequency"], again["monetary_value"])
    fits = time.perf_counter()
    rows["p_alive"] = rhythm.conditional_probability_alive(rows["frequency"], rows["recency"], rows["T"])
    rows["expected"] = rhythm.predict(int(days), rows["frequency"], rows["recency"], rows["T"])
    # Its own customer_lifetime_value asks for 24 such predictions; one is enough for a year at one rate.
    rows["value"] = rows["expected"] * amounts.conditional_expected_average_profit(
        rows["frequency"], rows["monetary_value"]
    )
    end = time.perf_counter()
    figures = {"summary": summary - start, "fits": fits - summary, "scores": end - fits, "seconds": end - start}
    print(json.dumps(figures | {"customers": len(rows), "r": float(rhythm.params_["r"])}))


def forecast(folder: str, day: str, days: str, out: str) -> None:
    log = pd.read_parquet(f"{folder}/orders", columns=["customer_id", "day", "amount"])
    log = log[log["day"] <= int(day)]
    log["date"] = pd.to_datetime(log["day"], unit="D")
    rows = summary_data_from_transaction_data(
        log, "customer_id", "date", "amount", observation_period_end=pd.to_datetime(int(day), unit="D")
    ).sort_index()
    x, t_x, T = rows["frequency"], rows["recency"], rows["T"]
    rhythm = BetaGeoFitter().fit(x, t_x, T)
    again = rows[(x > 0) & (rows["monetary_value"] > 0)]
    amounts = GammaGammaFitter().fit(again["frequency"], again["monetary_value"])
    r, alpha = rhythm.params_["r"], rhythm.params_["alpha"]
    # It tells P(alive) but not the chance of a purchase: that of a buyer who is still one, by the model's own law.
    waits = ((alpha + T) / (alpha + T + int(days))) ** (r + x)
    purchases = rhythm.predict(int(days), x, t_x, T)
    np.savez(
        out,
        customer_id=rows.index.to_numpy(),
        chance=np.asarray(rhythm.conditional_probability_alive(x, t_x, T)) * (1 - waits.to_numpy()),
        purchases=purchases.to_numpy(),
        value=(purchases * amounts.conditional_expected_average_profit(x, rows["monetary_value"])).to_numpy(),
    )


def agree(given: str, out: str, horizon: str) -> None:
    rows = np.load(given)
    x, t_x, T = (rows[name] for name in ("x", "t_x", "T"))
    results = {}
    for name, fitter in FITTERS.items():
        model = fitter(penalizer_coef=0.0).fit(x, t_x, T)
        results[f"{name}_parameters"] = model.params_.to_numpy()
        results[f"{name}_p_alive"] = np.asarray(model.conditional_probability_alive(x, t_x, T))
        results[f"{name}_expected"] = np.asarray(
            model.conditional_expected_number_of_purchases_up_to_time(float(horizon), x, t_x, T)
        )
    again = (rows["count"] > 0) & (rows["mean"] > 0)
    amounts = GammaGammaFitter(penalizer_coef=0.0).fit(rows["count"][again], rows["mean"][again])
    results["gammagamma_parameters"] = amounts.params_.to_numpy()
    results["gammagamma_expected"] = np.asarray(
        amounts.conditional_expected_average_profit(pd.Series(rows["count"]), pd.Series(rows["mean"]))
    )
    np.savez_compressed(out, **results)


if __name__ == "__main__":
    {"speed": speed, "forecast": forecast, "agree": agree}[sys.argv[1]](*sys.argv[2:])
