from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portraits", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="portrait",
            name="standing",
            field=models.CharField(
                choices=[
                    ("prospect", "prospect"),
                    ("customer", "customer"),
                    ("former", "former customer"),
                    ("recipient", "recipient only"),
                    ("payer", "payer only"),
                    ("internal", "internal"),
                ],
                max_length=12,
            ),
        ),
    ]
