"""The demo: a Client with its people, ready to ask the Sandbox for books."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from linksite import integrations, requesting
from linksite.intacct import sandbox
from linksite.models import Client, Company, Member, User

PORTAL_EMAIL = "lea@alder-finch.example"
ADMIN_EMAIL = "engineer@linksite.example"
PASSWORD = "try-linksite-in-the-sandbox"  # noqa: S105 printed by `make run`
COMPANY_NAME = "Atelier Brume SAS"


@dataclass(frozen=True, slots=True)
class Demo:
    """What a person needs to try the site."""

    portal_email: str
    portal_password: str
    admin_email: str
    admin_password: str
    sandbox_company: str
    sandbox_user: str
    sandbox_password: str
    link_url: str = field(repr=False)


@transaction.atomic
def seed_demo() -> Demo:
    """Make the demo's rows, or put them right, and a fresh Link URL.

    Raises RuntimeError outside development: the demo's password is no secret.
    """
    if not settings.DEBUG:
        raise RuntimeError("the demo is for DEBUG only")
    client, _ = Client.objects.get_or_create(name="Alder & Finch")
    lea = _user(PORTAL_EMAIL, "Léa Moreau")
    engineer = _user(ADMIN_EMAIL, "Noor Haddad", is_staff=True)
    Member.objects.get_or_create(
        user=lea, defaults={"client": client, "role": Member.Role.ADMIN}
    )
    _set_up(client, by=lea)
    company = _company(client, by=lea)
    _, url = requesting.request_data(company, by=lea)
    return Demo(
        portal_email=lea.email,
        portal_password=PASSWORD,
        admin_email=engineer.email,
        admin_password=PASSWORD,
        sandbox_company="AtelierBrume",
        sandbox_user=sandbox.SANDBOX_USER,
        sandbox_password=sandbox.SANDBOX_PASSWORD,
        link_url=url,
    )


def _company(client: Client, *, by: User) -> Company:
    """Return a test company that is free to be linked: a linked one has its books."""
    for number in range(1, 1000):
        name = COMPANY_NAME if number == 1 else f"{COMPANY_NAME} {number}"
        company, _ = client.companies.get_or_create(
            name=name, defaults={"is_test": True, "created_by": by}
        )
        if company.connection() is None:
            return company
    raise RuntimeError("a thousand demo companies are linked")


def _set_up(client: Client, *, by: User) -> None:
    row = integrations.settings_for(client)
    if row.has_sender:
        return
    integrations.save_sender(
        row,
        sender_id=sandbox.SANDBOX_SENDER_ID,
        password=sandbox.SANDBOX_SENDER_PASSWORD,
        by=by,
    )
    integrations.switch(row, on=True, by=by)


def _user(email: str, name: str, *, is_staff: bool = False) -> User:
    user = User.objects.filter(email=email).first() or User(email=email, name=name)
    user.is_staff = user.is_superuser = is_staff
    user.set_password(PASSWORD)
    user.save()
    return user
