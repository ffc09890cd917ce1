from django.apps import AppConfig


class Portraits(AppConfig):
    name = "habitue.portraits"

    def ready(self) -> None:
        from habitue.portraits.events import declare_kinds

        declare_kinds()
        from habitue.portraits.conditions import declare_portraits

        declare_portraits()
