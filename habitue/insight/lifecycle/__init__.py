"""Where customers stand and how they move on: stages, retention, second purchase, tenure, contracts."""
