from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_search'),
    ]

    operations = [
        migrations.AlterField(
            model_name='customer',
            name='born_on',
            field=models.DateField(blank=True, db_index=True, null=True),
        ),
    ]
