"""Template filters for the reasons of a duplicate pair in words."""

from django import template

from habitue.customers.duplicates import wording

register = template.Library()
register.filter("evidence", wording.sentence)
