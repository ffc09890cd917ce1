from django.urls import path

from habitue.desk.orders import views

urlpatterns = [
    path("orders/new/", views.new, name="new_order"),
    path("orders/products/", views.products, name="product_suggestions"),
    path("orders/<int:pk>/", views.sale, name="sale"),
    path("orders/<int:pk>/correction/", views.correction, name="order_correction"),
    path("orders/<int:pk>/return/", views.giving_back, name="order_return"),
]
