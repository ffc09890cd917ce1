from django.contrib.auth.decorators import permission_required

# Whoever may not look at customers gets a page that says whom to ask (403); what exactly they may see is decided
# where each query starts, by `visible_to`.
may_look = permission_required("customers.view_customer", raise_exception=True)
