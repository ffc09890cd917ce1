"""The life cycle of customers: stages, retention, second purchase, tenure, contracts."""
