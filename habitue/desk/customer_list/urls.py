from django.urls import path

from habitue.desk.customer_list import bulk, exports, views

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/columns/", views.columns, name="columns"),
    path("customers/changes/", bulk.bulk, name="bulk"),
    path("customers/changes/<int:pk>/", bulk.done, name="bulk_done"),
    path("customers/exports/", exports.exports, name="exports"),
]
