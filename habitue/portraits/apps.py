from django.apps import AppConfig


class Portraits(AppConfig):
    name = "habitue.portraits"
