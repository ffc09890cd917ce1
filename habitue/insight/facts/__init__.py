"""The facts that the analysis starts from: their tables, how they are opened and checked, purchases out of orders."""
