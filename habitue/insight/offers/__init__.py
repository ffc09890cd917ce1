"""What to offer to whom next, and what they are due to buy again."""
