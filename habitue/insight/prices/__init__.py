"""What discounts and price changes do: how much is bought with them, and what follows."""
