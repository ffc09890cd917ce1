"""Next offers to each customer, and reminders of what they are due to buy again."""
