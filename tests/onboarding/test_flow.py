"""The flow itself: slugs, templates and tables agree."""

import pytest
from django.template.loader import get_template

from linksite import intacct, integrations
from onboarding import paths, software
from onboarding.flow import Flow

ORDER = [
    "software",
    "before-you-start",
    "company-id",
    "web-services",
    "sender",
    "web-services-user",
    "sign-in",
    "entity",
    "permissions",
    "linked",
]


@pytest.fixture
def flow(link) -> Flow:
    """Return the flow of an invitation."""
    return software.flow(link)


def test_the_steps_are_in_the_order_of_the_guide(flow):
    assert [step.slug for step in flow.steps] == ORDER


def test_nine_steps_have_a_number(flow):
    assert len(flow.counted) == 9
    assert flow.number("sign-in") == 7


@pytest.mark.parametrize("slug", ORDER)
def test_every_step_has_a_template(flow, slug):
    get_template(flow.get(slug).template)


def test_every_system_of_the_catalogue_has_steps():
    assert set(software.FOLLOWING) == {row.slug for row in integrations.CATALOGUE}


def test_every_right_that_a_permission_needs_has_a_label():
    needed = {right for row in intacct.PERMISSIONS for right in row.rights}

    assert needed <= set(paths.RIGHTS)


@pytest.mark.django_db
def test_an_english_path_shows_each_label_once():
    assert all(not place.english for place in paths.click_path(paths.TO["sender"]))
