"""Accuracy of the forecasts on the past (backtests), and the choice of the model by it."""
