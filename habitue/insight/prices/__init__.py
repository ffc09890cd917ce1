"""Effects of discounts and price changes: how much is bought with them, and what follows."""
