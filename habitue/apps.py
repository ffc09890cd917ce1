from django.apps import AppConfig


class Habitue(AppConfig):
    name = "habitue"
