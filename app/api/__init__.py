"""The lifecycle API of the host application: its routes, on one page."""

from flask import Blueprint

from app.api import (
    audit,
    connections,
    door,
    duties,
    entitlements,
    erasure,
    preflight,
    problems,
    sessions,
    users,
    webhooks,
    work,
)

blueprint = Blueprint("api", __name__, url_prefix="/t/<tenant>/api/v1")
door.install(blueprint)
problems.install(blueprint)

ROUTES = (
    ("GET", "/users/<user_id>", users.show),
    ("DELETE", "/users/<user_id>", users.delete),
    ("POST", "/users/<user_id>/deactivate", users.deactivate),
    ("POST", "/users/<user_id>/reactivate", users.reactivate),
    ("POST", "/users/<user_id>/restore", users.restore),
    ("POST", "/users/<user_id>/preflight", preflight.of_user),
    ("POST", "/preflight", preflight.of_many),
    ("POST", "/users/<user_id>/holds", duties.place),
    ("GET", "/users/<user_id>/holds", duties.holds_of_user),
    ("POST", "/holds/<hold_id>/release", duties.release),
    ("GET", "/users/<user_id>/obligations", duties.obligations_of_user),
    ("GET", "/obligations", duties.obligations),
    ("POST", "/obligations/<obligation_id>", duties.hand_over),
    ("POST", "/users/<user_id>/purge-approvals", erasure.approve),
    ("POST", "/users/<user_id>/relabel-confirmation", erasure.confirm_relabel),
    ("GET", "/users/<user_id>/erasure-receipt", erasure.receipt),
    ("GET", "/audit", audit.page),
    ("POST", "/users/<user_id>/sessions", sessions.register),
    ("GET", "/users/<user_id>/sessions", sessions.of_user),
    ("DELETE", "/users/<user_id>/sessions/<sid>", sessions.end),
    ("DELETE", "/sessions/<sid>", sessions.end),
    ("PUT", "/users/<user_id>/entitlements/<pool>", entitlements.assign),
    ("DELETE", "/users/<user_id>/entitlements/<pool>", entitlements.release),
    ("GET", "/entitlements", entitlements.of_tenant),
    ("GET", "/entitlements/<pool>/holders", entitlements.holders),
    ("GET", "/users/<user_id>/work", work.of_user),
    ("POST", "/work", work.register_all),
    ("PUT", "/work/<type>/<work_id>", work.register),
    ("GET", "/work/<type>/<work_id>", work.show),
    ("DELETE", "/work/<type>/<work_id>", work.forget),
    ("POST", "/work/<type>/<work_id>/claim", work.claim),
    ("POST", "/work/reassign", work.reassign),
    ("GET", "/work/orphans", work.orphans),
    ("PUT", "/work-counts", work.register_counts),
    ("GET", "/connections", connections.of_tenant),
    ("POST", "/connections", connections.create),
    ("GET", "/connections/<connection_id>", connections.show),
    ("DELETE", "/connections/<connection_id>", connections.revoke),
    ("POST", "/connections/<connection_id>/rotate", connections.rotate),
    ("PUT", "/connections/<connection_id>/scopes", connections.rescope),
    ("PUT", "/connections/<connection_id>/keys", connections.replace_keys),
    ("GET", "/webhooks", webhooks.of_tenant),
    ("POST", "/webhooks", webhooks.create),
    ("GET", "/webhooks/<webhook_id>", webhooks.show),
    ("PATCH", "/webhooks/<webhook_id>", webhooks.change),
    ("DELETE", "/webhooks/<webhook_id>", webhooks.delete),
    ("POST", "/webhooks/<webhook_id>/rotate", webhooks.rotate),
    ("POST", "/webhooks/<webhook_id>/pause", webhooks.pause),
    ("POST", "/webhooks/<webhook_id>/resume", webhooks.resume),
    ("POST", "/webhooks/<webhook_id>/test", webhooks.test),
    ("POST", "/webhooks/<webhook_id>/replay", webhooks.replay),
    ("GET", "/webhooks/<webhook_id>/deliveries", webhooks.deliveries),
    ("GET", "/webhooks/<webhook_id>/deliveries/<delivery_id>", webhooks.delivery),
)
for method, path, view in ROUTES:
    endpoint = f"{view.__module__.rpartition('.')[2]}-{view.__name__}"
    blueprint.add_url_rule(path, endpoint, view, methods=[method])
