from django.urls import path

from habitue.desk.customer import comparisons, contacts, profile, relations, tags, values, views

urlpatterns = [
    path("customers/<int:pk>/", views.window, name="customer"),
    path("customers/<int:pk>/orders/<int:order>/", views.order, name="order"),
    path("customers/new/", profile.new, name="new_customer"),
    path("customers/suggestions/", relations.suggestions, name="suggestions"),
    path("customers/<int:pk>/profile/", profile.profile, name="profile"),
    path("customers/<int:pk>/contacts/", contacts.contacts, name="contacts"),
    path("customers/<int:pk>/contacts/<int:point>/", contacts.contact, name="contact"),
    path("customers/<int:pk>/contacts/<int:point>/end/", contacts.contact_end, name="contact_end"),
    path("customers/<int:pk>/contacts/<int:point>/removal/", contacts.contact_removal, name="contact_removal"),
    path("customers/<int:pk>/relations/", relations.relations, name="relations"),
    path("customers/<int:pk>/relations/<int:relation>/", relations.relation, name="relation"),
    path("customers/<int:pk>/relations/<int:relation>/removal/", relations.relation_removal, name="relation_removal"),
    path("customers/<int:pk>/tags/", tags.tags, name="tags"),
    path("customers/<int:pk>/tags/<int:tagging_pk>/removal/", tags.tag_removal, name="tag_removal"),
    path("customers/<int:pk>/fields/", values.values, name="values"),
    path("customers/<int:pk>/competitors/", comparisons.comparisons, name="comparisons"),
    path("customers/<int:pk>/competitors/<int:comparison>/", comparisons.comparison, name="comparison"),
    path(
        "customers/<int:pk>/competitors/<int:comparison>/removal/",
        comparisons.comparison_removal,
        name="comparison_removal",
    ),
    path("tags/suggestions/", tags.tag_suggestions, name="tag_suggestions"),
    path("competitors/suggestions/", comparisons.competitor_suggestions, name="competitor_suggestions"),
]
