from django.db import migrations


def let_the_desk_change(apps, schema_editor):
    """Whoever was let in could only look, as there was nothing to change. A new installation has no group yet."""
    rights = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="customers", codename="change_customer"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name="desk"):
        group.permissions.add(*rights)


class Migration(migrations.Migration):
    dependencies = [
        ("team", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(let_the_desk_change, migrations.RunPython.noop)]
