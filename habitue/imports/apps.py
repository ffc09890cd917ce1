from django.apps import AppConfig


class Imports(AppConfig):
    name = "habitue.imports"

    def ready(self) -> None:
        from habitue.imports.events import declare_kinds
        from habitue.imports.kinds import declare_all

        declare_kinds()
        declare_all()
