from django.apps import AppConfig


class Customers(AppConfig):
    name = "habitue.customers"

    def ready(self) -> None:
        from habitue.customers.events import declare_kinds
        from habitue.customers.search.indexing import index_written
        from habitue.events.listeners import after_write, listen

        declare_kinds()
        listen(after_write, index_written)
