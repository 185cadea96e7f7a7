"""What was entered before the sign-in moves from the invitation to its visit."""

import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def move(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make one visit of each invitation that was opened."""
    invitations = apps.get_model("linksite", "LinkRequest")
    visits = apps.get_model("linksite", "Visit")
    for link in invitations.objects.filter(started_at__isnull=False):
        seen_at = link.last_seen_at or link.started_at
        done = [*link.confirmed]
        done += ["software"] if link.integration else []
        done += ["before-you-start"] if link.agreed_at else []
        done += ["company-id"] if link.intacct_company_id else []
        visits.objects.create(
            link_request=link,
            started_at=link.started_at,
            last_seen_at=seen_at,
            settled_at=seen_at,
            integration=link.integration,
            agreed_at=link.agreed_at,
            intacct_company_id=link.intacct_company_id,
            done={slug: {"at": seen_at.isoformat(), "by": ""} for slug in done},
        )


class Migration(migrations.Migration):
    dependencies = [("linksite", "0002_call_ledger")]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "last_seen_at",
                    models.DateTimeField(default=django.utils.timezone.now),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("integration", models.SlugField(blank=True)),
                ("agreed_at", models.DateTimeField(null=True)),
                ("intacct_company_id", models.CharField(blank=True, max_length=80)),
                ("done", models.JSONField(default=dict)),
                (
                    "link_request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="linksite.linkrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "verbose_name_plural": "visits",
                "ordering": ("-last_seen_at", "-id"),
            },
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.RemoveField("linkrequest", "integration"),
        migrations.RemoveField("linkrequest", "agreed_at"),
        migrations.RemoveField("linkrequest", "intacct_company_id"),
        migrations.RemoveField("linkrequest", "confirmed"),
        migrations.AddField(
            "linkrequest",
            "asked",
            models.JSONField(default=list, editable=False),
        ),
    ]
