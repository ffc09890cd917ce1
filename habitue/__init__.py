"""Habitué: the customer-centred CRM."""

__version__ = "0.1.0"
