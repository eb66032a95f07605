"""OneLogin: PUT only for users, a body the customer's administrator writes, and URNs older than the RFC.

Sources: developers.onelogin.com/scim/define-user-schema, traffic in github.com/goauthentik/authentik/issues/11249.
"""

from typing import Final

from app.scim.dialects.dialect import LENIENT_POLICY, Dialect
from app.scim.dialects.tolerance import COMMON, Tolerance

ONELOGIN: Final = Dialect(
    name="onelogin",
    policy=LENIENT_POLICY,
    tolerances=COMMON | {Tolerance.FILTER_ADD},
    # It changes members by PATCH alone; a group body without them says nothing about them.
    put_keeps_members=True,
    unknown_members="drop",
)
