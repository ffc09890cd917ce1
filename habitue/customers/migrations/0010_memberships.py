from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_by_value"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="membership",
            name="membership_now",
        ),
        migrations.RemoveIndex(
            model_name="membership",
            name="membership_until",
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["segment", "until", "customer"], name="membership_until"),
        ),
    ]
