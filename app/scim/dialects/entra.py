"""Microsoft Entra ID: capital operations, string booleans, value lists on `Remove`, and `aadOptscim062020`.

Sources: learn.microsoft.com/entra/identity/app-provisioning (use-scim-to-provision-users-and-groups,
application-provisioning-config-problem-scim-compatibility, customize-application-attributes).
"""

from typing import Final

from app.scim.dialects.dialect import LENIENT_POLICY, Dialect
from app.scim.dialects.tolerance import COMMON, Tolerance

ENTRA: Final = Dialect(
    name="entra",
    policy=LENIENT_POLICY,
    tolerances=COMMON | {Tolerance.FILTER_BOOLEAN, Tolerance.UNPREFIXED_EXTENSION},
    bare_token=False,
    empty_patch_answers=frozenset({"Group"}),
    # It reads groups with excludedAttributes=members, so a PUT of what it read would empty them.
    put_keeps_members=True,
    unknown_members="drop",
    relaxed_filters=True,
)
