"""What was found of a pair, as a template says it."""

from django import template

from habitue.customers.duplicates import wording

register = template.Library()
register.filter("evidence", wording.sentence)
