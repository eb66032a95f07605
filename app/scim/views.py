"""The HTTP door of identity providers: ``/t/{tenant}/scim/v2``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Blueprint, Request, Response, current_app, g
from flask.sansio.blueprints import BlueprintSetupState
from scim2_models import Error, InvalidValueException, NotFoundException, SCIMException
from scim2_server.requests import ScimRequest
from scim2_server.responses import SCIM_MEDIA_TYPE, ScimResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.routing import PathConverter

from app.answers import Ready
from app.bodies import BodyTooLarge, read_body
from app.db.work import Work
from app.events.prechecks import Answers, answered
from app.identity import logbook
from app.identity.authentication import AuthenticationFailed, DirectorySuspended, Following, admitted
from app.identity.principals import Principal
from app.identity.scopes import LIFECYCLE
from app.lifecycle.breaker import Breaker
from app.lifecycle.refusals import Refused
from app.runtime import EXTENSION as RUNTIME
from app.runtime import present, runtime
from app.scim.asynchronous import Deferral, deferral
from app.scim.description import openapi
from app.scim.dialects import DIALECTS
from app.scim.errors import BUSY, refusal_body
from app.scim.foresight import foreseen
from app.scim.groups import GroupDirectory
from app.scim.handler import Handler, Opening
from app.scim.logged import note
from app.scim.operator_files import load
from app.scim.render import Rendered, Renderer
from app.scim.resources import ResourceDirectory
from app.scim.rules import Rules
from app.scim.scope import RequestScope
from app.scim.users import UserDirectory

blueprint = Blueprint("scim", __name__, url_prefix="/t/<tenant>/scim/v2")
description = Blueprint("scim-description", __name__)
NAMES = frozenset({"Bulk", "Me", "ServiceProviderConfig", "ResourceTypes", "Schemas", ".search"})
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SAFE = frozenset({"GET", "HEAD"})
HEADERS = {"Content-Type": "CONTENT_TYPE", "If-Match": "HTTP_IF_MATCH", "If-None-Match": "HTTP_IF_NONE_MATCH"}
DIRECTORIES: Mapping[str, Opening] = {"User": UserDirectory, "Group": GroupDirectory}
EXTENSION = "scim-rules"
PLAIN = "application/json"
MEDIA_TYPES = (SCIM_MEDIA_TYPE, PLAIN)
RETRY_AFTER_S = "1"


class AnyPath(PathConverter):
    """A path of any characters, line breaks included, so that no request slips past this door."""

    regex = "(?s:[^/].*?)"


@blueprint.record_once
def _load(state: BlueprintSetupState) -> None:
    """Read the schemas once a process, and prepare the rules of each dialect."""
    app = state.app
    app.url_map.converters["any_path"] = AnyPath
    logbook.install(app)
    settings = app.extensions[RUNTIME].settings
    catalogue = load(settings.schemas_dir)
    app.extensions[EXTENSION] = {
        (name, each.scheduling): Rules(each, dialect, settings)
        for each in (catalogue, catalogue.with_scheduling)
        for name, dialect in DIALECTS.items()
    }


@blueprint.route("", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/", methods=METHODS, provide_automatic_options=False)
@blueprint.route("/<any_path:path>", methods=METHODS, provide_automatic_options=False)
def serve(tenant: str, path: str = "") -> Response:
    """Serve any SCIM request, and note it."""
    about, asked = present()
    about.scim_dialect, about.asked_path = "strict", path
    response = _served(asked, about, tenant, path)
    outcome = _response(about.outcome) if response.status_code == HTTPStatus.ACCEPTED else response
    note(asked, about, tenant, about.get("route") or _route(path, _rules().endpoints), outcome)
    return response


def _served(asked: Request, about: Any, tenant: str, path: str) -> Response:
    """Answer; whatever goes wrong is answered as a SCIM error."""
    try:
        following = _foreseen(asked, path) if asked.method in SAFE else None
        shown = asked.environ.get("HTTP_AUTHORIZATION")
        with admitted(shown, tenant, kind="scim", following=following) as (principal, work):
            about.principal, about.scim_dialect = principal, principal.dialect
            return _response(_handled(asked, about, principal, work, f"/{path}"))
    except AuthenticationFailed as failure:
        if isinstance(failure, DirectorySuspended):
            about.principal = failure.principal
        return _unauthenticated(failure)
    except BodyTooLarge as error:
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request body is larger than {error.limit} bytes.")
    except (OperationalError, PoolTimeout):
        return _busy()
    except Exception as exception:  # noqa: BLE001 - the answer of a bug is a SCIM error too
        return _response(_wrong(exception, tenant))


@description.get("/openapi/scim.json")
def describe() -> Response:
    """Describe the endpoints to anyone, since it tells of no tenant."""
    catalogue = current_app.extensions[EXTENSION]["strict", False].catalogue
    document = openapi(catalogue.schemas, catalogue.resource_types)
    return Response(orjson.dumps(document), content_type="application/json")


def _foreseen(asked: Request, path: str) -> Following | None:
    return foreseen(path, asked.args if asked.query_string else {}, runtime().settings)


def _told(refused: Refused, tenant: str) -> ScimResponse:
    """Return the answer to a refusal, which says where the command is judged beforehand."""
    response = _rules().error_response(refused)
    response.body = refusal_body(refused, _base_url(tenant))
    if refused.first.retry_after is not None:
        response.headers["Retry-After"] = str(refused.first.retry_after)
    return response


def _wrong(exception: Exception, tenant: str) -> ScimResponse:
    return _told(exception, tenant) if isinstance(exception, Refused) else _rules().error_response(exception)


def _base_url(tenant: str) -> str:
    return f"{runtime().settings.public_url}/t/{tenant}/scim/v2"


def _rules() -> Rules:
    """Return the rules of the dialect that this connection speaks, and of what it may write."""
    principal: Principal | None = g.get("principal")
    schedules = principal is not None and LIFECYCLE in principal.scopes
    rules: Rules = current_app.extensions[EXTENSION][g.scim_dialect, schedules]
    return rules


def _handled(asked: Request, about: Any, principal: Principal, work: Work, path: str) -> ScimResponse:
    rules = _rules()
    if principal.bare and not rules.dialect.bare_token:
        raise AuthenticationFailed(401, None, "Send the token in the header: Authorization: Bearer ...")
    here = runtime()
    renderer = Renderer(_base_url(principal.tenant), rules.endpoints)
    about.route = _route(path, rules.endpoints)
    scim_request = _scim_request(asked, rules, principal, renderer.base_url, path)
    reopen = partial(here.database.reading, principal.tenant_id)
    scope = RequestScope(work, principal.actor("scim"), rules.dialect, here.clock, renderer, reopen)
    later = deferral(asked.environ.get("HTTP_PREFER"), scim_request, rules, scope, about.started)

    def attempt(answers: Answers) -> ScimResponse:
        work.answers = answers
        work.held.clear()
        handler = Handler(rules, scope, DIRECTORIES, ResourceDirectory)
        about.tolerances = handler.tolerances
        if asked.method in SAFE or path.endswith("/.search"):
            return handler.handle(scim_request)
        with work.transaction():
            answer = handler.handle(scim_request)
            return answer if later is None else _later(later, about, answer, handler.indexes)

    try:
        return answered(here, principal.tenant_id, attempt)
    except (SCIMException, Refused) as wrong:
        if later is None or not later.late:
            raise
        with work.transaction():
            return _later(later, about, _wrong(wrong, principal.tenant))
    except OperationalError:
        work.held.clear()  # whatever was asked is asked again
        raise
    finally:
        _keep_held(work, scope)


def _later(later: Deferral, about: Any, outcome: ScimResponse, indexes: Sequence[int] = ()) -> ScimResponse:
    """Tell an outcome on the streams, unless there is still time to answer with it; the log has it in any case."""
    if not later.late:
        return outcome
    about.outcome = outcome
    return later.told(outcome, indexes)


def _keep_held(work: Work, scope: RequestScope) -> None:
    """Keep whose deletion waits for somebody's decision, once the request itself is over."""
    if work.held:
        work.transact(lambda: Breaker(work, scope.clock, scope.actor).hold(work.held), runtime().wait)


def _scim_request(asked: Request, rules: Rules, principal: Principal, base_url: str, path: str) -> ScimRequest:
    if "\x00" in path:
        raise NotFoundException(detail="No resource has such an id.")
    query = asked.args.to_dict() if asked.query_string else {}
    if any("\x00" in value for value in query.values()):
        raise InvalidValueException(detail="The query contains the character U+0000, which no attribute can hold.")
    method = "GET" if asked.method == "HEAD" else asked.method
    headers = {name: asked.environ[key] for name, key in HEADERS.items() if key in asked.environ}
    body = read_body(_limit(rules, path)) if method in {"POST", "PUT", "PATCH"} else b""
    g.body = body
    return ScimRequest(method, base_url, path, query, headers, body, subject=principal)


def _limit(rules: Rules, path: str) -> int:
    bulk = path.strip("/") == "Bulk"
    return rules.settings.bulk_max_payload_bytes if bulk else rules.settings.max_body_bytes


def _route(path: str, endpoints: Mapping[str, str]) -> str:
    """Return the route for logs and metrics, in which no id may appear."""
    name, _, rest = path.strip("/").partition("/")
    known = name in NAMES or name in endpoints.values()
    return f"/t/<tenant>/scim/v2/{name if known else '<path>'}{'/<id>' if rest else ''}"


def _response(answer: ScimResponse) -> Response:
    """Answer in the media type that is asked for; who asks for neither gets SCIM's, for a 406 would help nobody."""
    _, asked = present()
    if PLAIN in asked.environ.get("HTTP_ACCEPT", ""):
        answer.headers["Content-Type"] = asked.accept_mimetypes.best_match(MEDIA_TYPES, SCIM_MEDIA_TYPE)
    if isinstance(answer, Rendered):
        if isinstance(answer.json, bytes):
            return Ready(answer.json, answer.status, answer.headers)
        return Response(answer.json, int(answer.status), answer.headers, direct_passthrough=True)
    body = b"" if answer.body is None else orjson.dumps(answer.body)
    return Response(body, int(answer.status), answer.headers)


def _refused(status: HTTPStatus, detail: str) -> Response:
    return _response(ScimResponse(status, Error(status=int(status), detail=detail).model_dump()))


def _unauthenticated(failure: AuthenticationFailed) -> Response:
    response = _refused(HTTPStatus(failure.status), failure.description)
    response.headers.update(failure.headers)
    return response


def _busy() -> Response:
    structlog.get_logger("app.scim").exception("database unavailable")
    response = _refused(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
    response.headers["Retry-After"] = RETRY_AFTER_S
    return response
