from django.apps import AppConfig


class Imports(AppConfig):
    name = "habitue.imports"

    def ready(self) -> None:
        from habitue.imports.kinds import declare_all

        declare_all()
