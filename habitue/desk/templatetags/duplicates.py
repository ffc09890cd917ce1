"""The evidence for a pair of duplicates in words, as a template filter."""

from django import template

from habitue.customers.duplicates import wording

register = template.Library()
register.filter("evidence", wording.sentence)
