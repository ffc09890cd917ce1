"""How right the forecasts were on the past, and which model is used because of it."""
