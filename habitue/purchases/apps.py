from django.apps import AppConfig


class Purchases(AppConfig):
    name = "habitue.purchases"
