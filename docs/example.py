# %% [markdown]
# # From a file of sales to a picture of the customers
# `example.csv` is invented: two years of a small shop, one row an order. Put a file of your own in its place.

# %%
import matplotlib.pyplot as plt
import pyarrow.compute as pc

from habitue import insight

names = {"customer": "client", "date": "date", "amount": "montant", "currency": "EUR"}
facts = insight.read_orders("example.csv", **names, date_format="%d/%m/%Y", decimal_mark=",")
table = insight.portraits(facts, as_of=insight.day_number("2025-12-31")).table

# %% [markdown]
# A dot is a customer. Who is silent for long is expected to bring little, but how long is long depends on the customer.

# %%
for stage in insight.STAGES[1:]:
    dots = table.filter(pc.equal(table["stage"], stage))
    plt.scatter(dots["elapsed_days"], pc.divide(dots["expected_value"], 100), label=stage, alpha=0.6)
plt.gca().set(xlabel="days since the last purchase", ylabel="expected in the next 12 months, €")
plt.legend()
plt.savefig("example.svg")
