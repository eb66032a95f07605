"""The host application is asked before users leave: signed, while nothing is locked, and its silence is judged."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from app.config import Settings
from app.events.webhooks.secrets import Secret
from tests.events.conftest import answering
from tests.outbound.servers import HERE, Received, Receiver, receiving
from tests.rules.conftest import Begin
from tests.rules.products import Product, policy_error
from tests.scim_client import PATCH, body_of, op, tables
from tests.service import settings_of

ASKED = {"precheck": {"on": ["deactivate", "delete"]}, "scim": {"delete": "policy", "on_block": "refuse"}}
CONTRACT = {"type": "contract", "state": "open", "count": 2, "detail": "Two contracts await a signature."}


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Return the settings of a server that may ask a receiver on this machine."""
    return settings_of(database_url, outbound_allow=HERE)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run the host application."""
    with receiving() as running:
        yield running


def saying(**said: Any) -> Callable[[Received], tuple[int, dict[str, str], bytes]]:
    """Answer with blockers and warnings."""
    return lambda _: (200, {"Content-Type": "application/json"}, orjson.dumps(said))


@pytest.fixture
def asking(product: Begin, receiver: Receiver) -> Product:
    """Return a tenant that asks."""
    tenant = product("helpdesk", **ASKED)
    tenant.said("PUT", "/precheck", {"url": receiver.url})
    receiver.answering = saying()
    return tenant


def test_the_question_is_signed_and_names_the_action(asking: Product, receiver: Receiver) -> None:
    """The host application can tell that we ask, about whom, and what for; nothing personal is in it."""
    secret = Secret(asking.said("PUT", "/precheck", {"url": receiver.url})["secret"])
    ada = asking.scim.user("ada@example.com")
    assert asking.active(ada, active=False).status_code == 200
    (asked,) = receiver.received
    body = orjson.loads(asked.body)
    assert (body["type"], body["data"]) == ("lifecycle.precheck", {"id": ada, "action": "deactivate"})
    headers = {name.lower(): value for name, value in asked.headers.items()}
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + asked.body
    assert headers["webhook-signature"] == secret.signature(content)
    assert b"ada" not in asked.body.replace(ada.encode(), b"")


def test_a_blocker_refuses_and_changes_nothing(asking: Product, receiver: Receiver) -> None:
    """What the host application names is told on both doors."""
    ada = asking.scim.user("ada")
    receiver.answering = saying(blockers=[CONTRACT])
    before = tables(asking.tenant)
    answer = asking.active(ada, active=False)
    told = policy_error(answer)
    assert (answer.status_code, told["code"], told["blocking"]) == (409, "PRECHECK", [CONTRACT])
    refusal = asking.refused("POST", f"/users/{ada}/deactivate", {"confirm": True})
    assert (refusal["code"], refusal["detail"]) == ("PRECHECK", CONTRACT["detail"])
    assert tables(asking.tenant) == before


def test_a_warning_is_told_by_the_preflight(asking: Product, receiver: Receiver) -> None:
    """It stands in nobody's way."""
    ada = asking.scim.user("ada")
    receiver.answering = saying(warnings=[CONTRACT])
    said = asking.said("POST", f"/users/{ada}/preflight", {"action": "deactivate"})
    assert (said["allowed"], [each["code"] for each in said["warnings"]]) == (True, ["PRECHECK"])


def test_it_is_asked_about_each_of_several_users(asking: Product, receiver: Receiver) -> None:
    """Users that are selected together leave or stay one by one, as they would alone."""
    ids = [asking.scim.user(name) for name in ("ada", "bob")]

    def judged(asked: Received) -> tuple[int, dict[str, str], bytes]:
        about = orjson.loads(asked.body)["data"]["id"]
        return saying(blockers=[CONTRACT] if about == ids[0] else [])(asked)

    receiver.answering = judged
    done = asking.said("POST", "/users/bulk", {"ids": ids, "action": "deactivate", "confirm": True})
    assert [each.get("code", each.get("state")) for each in done["users"]] == ["PRECHECK", "inactive"]


@pytest.mark.parametrize("failure", [answering(500), answering(302), lambda _: (200, {}, b"no JSON")])
def test_silence_lets_access_end_and_data_stay(asking: Product, receiver: Receiver, failure: Any) -> None:
    """Without an answer a deactivation goes on, and a deletion waits."""
    receiver.answering = failure
    ada, bob = asking.scim.user("ada"), asking.scim.user("bob")
    assert asking.active(ada, active=False).status_code == 200
    answer = asking.scim.delete(f"/Users/{bob}")
    assert (answer.status_code, policy_error(answer)["code"]) == (409, "PRECHECK")
    assert asking.state(bob) == "active"


def test_nobody_is_asked_unless_the_policy_says_so_and_an_endpoint_is_there(product: Begin, receiver: Receiver) -> None:
    """Without an endpoint nothing waits for an answer, not even a deletion."""
    tenant = product("helpdesk", **ASKED)
    ada = tenant.scim.user("ada")
    assert tenant.scim.delete(f"/Users/{ada}").status_code == 204
    tenant.said("PUT", "/precheck", {"url": receiver.url})
    bob = tenant.scim.user("bob")
    tenant.scim.patch(f"/Users/{bob}", op("replace", "title", "x"), op("replace", "active", True))
    assert receiver.received == []
    assert tenant.call("DELETE", "/precheck").status_code == 204
    assert tenant.refused("GET", "/precheck")["code"] == "UNKNOWN_PRECHECK"


def test_nothing_is_locked_meanwhile_and_a_change_is_noticed(asking: Product, receiver: Receiver) -> None:
    """While the host application thinks, somebody else may write; it is then asked about what became of the user."""
    ada = asking.scim.user("ada")
    versions: list[int] = []

    def thinking(asked: Received) -> tuple[int, dict[str, str], bytes]:
        if not versions:
            other = type(asking)(asking.tenant, asking.http.application.test_client(), asking.scim, asking.headers)
            scim = type(asking.scim)(other.http, asking.tenant, asking.scim.token)
            versions.append(scim.patch(f"/Users/{ada}", op("replace", "title", "x")).status_code)
        return saying()(asked)

    receiver.answering = thinking
    assert asking.active(ada, active=False).status_code == 200
    assert (versions, len(receiver.received)) == ([200], 2)
    assert asking.scim.user_view(ada)["title"] == "x"


def test_a_bulk_request_asks_for_each_user_once(asking: Product, receiver: Receiver) -> None:
    """Those who are blocked are refused alone."""
    ada, bob = asking.scim.user("ada"), asking.scim.user("bob")
    receiver.answering = lambda asked: saying(blockers=[CONTRACT] if ada.encode() in asked.body else [])(asked)
    data = {"schemas": [PATCH], "Operations": [op("replace", "active", False)]}
    done = body_of(asking.scim.bulk(*({"method": "PATCH", "path": f"/Users/{i}", "data": data} for i in (ada, bob))))
    assert [each["status"] for each in done["Operations"]] == ["409", "200"]
    assert len(receiver.received) == 2
