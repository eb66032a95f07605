"""The tables, a module for each capability; every key of a tenant's table starts with ``tenant_id``."""

from app.db.rows.approvals import ApprovalRow
from app.db.rows.connections import ConnectionRow, CredentialRow, SeenJtiRow, SignOnRow, TrustRow
from app.db.rows.delivery import AttemptRow, ChoreRow, DeliveryRow, EndpointRow, RelayRow
from app.db.rows.duties import HoldRow, ObligationRow
from app.db.rows.estate import EntitlementRow, PrecheckRow, WorkCountRow, WorkItemRow
from app.db.rows.groups import GroupRow, MemberRow
from app.db.rows.journal import AuditHeadRow, AuditLinkRow, AuditRow, OutboxRow
from app.db.rows.request_log import RequestRow
from app.db.rows.resources import ResourceKeyRow, ResourceRow
from app.db.rows.reviews import ReviewedRow, ReviewRow
from app.db.rows.row import Row
from app.db.rows.sessions import SessionRow
from app.db.rows.signing import SigningKeyRow
from app.db.rows.surges import HeldDeletionRow, SurgeRow
from app.db.rows.tenants import PolicyRow, TenantRow
from app.db.rows.users import UserLookupRow, UserRow

__all__ = [
    "ApprovalRow",
    "AttemptRow",
    "AuditHeadRow",
    "AuditLinkRow",
    "AuditRow",
    "ChoreRow",
    "ConnectionRow",
    "CredentialRow",
    "DeliveryRow",
    "EndpointRow",
    "EntitlementRow",
    "GroupRow",
    "HeldDeletionRow",
    "HoldRow",
    "MemberRow",
    "ObligationRow",
    "OutboxRow",
    "PolicyRow",
    "PrecheckRow",
    "RelayRow",
    "RequestRow",
    "ResourceKeyRow",
    "ResourceRow",
    "ReviewRow",
    "ReviewedRow",
    "Row",
    "SeenJtiRow",
    "SessionRow",
    "SignOnRow",
    "SigningKeyRow",
    "SurgeRow",
    "TenantRow",
    "TrustRow",
    "UserLookupRow",
    "UserRow",
    "WorkCountRow",
    "WorkItemRow",
]
