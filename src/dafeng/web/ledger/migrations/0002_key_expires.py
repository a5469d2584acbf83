"""Keys may expire."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dafeng_web", "0001_initial")]

    operations = [
        migrations.AddField("apikey", "expires", models.DateTimeField(null=True)),
    ]
