"""A gateway that hangs keeps a few threads of the web, and never all of them."""

import re
import threading

import httpx
import pytest

from linksite import budget, integrations, lanes, linking, requesting, watching
from linksite.lanes import Full, Lane
from linksite.models import Company, Watch
from tests.onboarding.conftest import SIGN_IN

CROWD = 6


# --- a lane -------------------------------------------------------------------------
def test_a_full_lane_turns_away_and_is_free_again_afterwards():
    lane = Lane(1, patience=0.0)

    with lane.hold(), pytest.raises(Full), lane.hold():
        raise AssertionError("two at once")
    with lane.hold():
        pass


def test_a_place_is_given_back_after_an_error():
    lane = Lane(1, patience=0.0)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError), lane.hold():
            raise ZeroDivisionError


def test_one_waits_for_the_place_and_the_next_does_not():
    lane, waiting = Lane(1, patience=30.0), []

    def wait() -> None:
        with lane.hold():
            waiting.append("had its turn")

    second = threading.Thread(target=wait)
    with lane.hold():
        second.start()
        while lane._queue._value:
            pass
        with pytest.raises(Full), lane.hold():
            raise AssertionError("a third waited")
        assert waiting == []
    second.join(30)

    assert waiting == ["had its turn"]


def test_looks_never_keep_a_sign_in_out(link, sandbox):
    with lanes.looks.hold():
        assert linking.sign_in(link, **SIGN_IN)


def test_a_look_that_finds_no_room_asks_nothing_and_is_not_counted(link, sandbox):
    linking.give_company_id(link, company_id="PapeteriesLac")

    with lanes.looks.hold():
        watching.look(link)

    assert sandbox.log == []
    assert not Watch.objects.filter(asked__gt=0).exists()
    watching.look(link)
    assert len(sandbox.log) == 1


def test_a_test_of_the_sender_that_finds_no_room_says_so(
    client, member, client_row, sandbox
):
    client.force_login(member.user)
    settings = integrations.settings_for(client_row)

    with lanes.looks.hold():
        url = "/portal/settings/integrations/accounting/sage-intacct/"
        form = {
            "changed_at": settings.changed_at.isoformat(),
            "sender_id": settings.sender_id,
            "mode": "continuous",
            "refresh_hours": "24",
            "test": "yes",
        }
        text = client.post(url, form, follow=True).content.decode()

    assert "Many are asking Sage Intacct right now. Nothing was sent" in text
    assert sandbox.log == []
    assert integrations.test_sender(settings) is None


# --- over real sockets, in one process of four threads --------------------------------
class Customer:
    """Somebody at the sign-in of a company of their own, with a browser."""

    def __init__(self, web: str, client_row, member, number: int) -> None:
        company = Company.objects.create(client=client_row, name=f"Company {number}")
        link, url = requesting.request_data(company, by=member.user, language="en")
        linking.choose_software(link, integration="sage-intacct")
        linking.agree(link)
        linking.give_company_id(link, company_id="AtelierBrume")
        for step in ("web-services", "sender", "web-services-user"):
            linking.confirm(link, step=step)
        self.http = httpx.Client(base_url=web, timeout=60, follow_redirects=False)
        self.post("/l/" + url.split("/l/")[1])

    def post(self, path: str, **data: str) -> httpx.Response:
        page = self.http.get(path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        version = re.search(r'name="version" value="(\w*)"', page)
        data |= {"version": version[1]} if version else {}
        return self.http.post(path, data=data | {"csrfmiddlewaretoken": token})

    def sign_in(self) -> httpx.Response:
        return self.post("/link/sign-in/", **SIGN_IN)


@pytest.fixture
def customers(web, client_row, member):
    """Return a crowd of customers, each at the sign-in page."""
    crowd = [Customer(web, client_row, member, number) for number in range(CROWD)]
    yield crowd
    for customer in crowd:
        customer.http.close()


def test_while_sign_ins_hang_the_others_are_served(web, customers, live_sandbox):
    answers: dict[Customer, httpx.Response] = {}
    company = live_sandbox.companies["AtelierBrume"]
    company.fault, company.delay = "slow", 2.5

    def sign_in(customer: Customer) -> None:
        answers[customer] = customer.sign_in()

    crowd = [threading.Thread(target=sign_in, args=(one,)) for one in customers]
    for thread in crowd:
        thread.start()
    served = [
        httpx.get(f"{web}{path}", timeout=60).status_code
        for path in ["/account/login/", "/livez", "/link/software/"] * 4
    ]
    hanging = sum(thread.is_alive() for thread in crowd)
    for thread in crowd:
        thread.join()

    busy = {one: page for one, page in answers.items() if page.status_code == 503}
    assert min(served) >= 200 and max(served) < 400
    assert hanging >= 1
    assert len(busy) >= CROWD - 2
    assert {page.headers["Retry-After"] for page in busy.values()} == {"5"}
    for page in busy.values():
        _says_that_nothing_was_sent(page.text)
    assert budget.used("AtelierBrume", "alderfinch_ws") == (0, None)
    company.fault = None
    assert next(iter(busy)).sign_in().status_code == 303


def _says_that_nothing_was_sent(text: str) -> None:
    assert "Many people are signing in right now" in text
    assert "Nothing was sent, and your try is not counted" in text
    assert 'value="AtelierBrume"' in text
    assert 'value="alderfinch_ws"' in text
    assert "Sandbox-Pass-1" not in text
