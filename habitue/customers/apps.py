from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules


class Customers(AppConfig):
    name = "habitue.customers"

    def ready(self) -> None:
        from habitue.customers.checks import check_models
        from habitue.customers.events import declare_kinds
        from habitue.customers.search.indexing import index_written
        from habitue.events.listeners import after_write, listen

        checks.register(check_models, checks.Tags.models)
        declare_kinds()
        listen(after_write, index_written)
        autodiscover_modules("columns")  # of each domain: what it shows in the list
