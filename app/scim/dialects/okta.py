"""Okta: OIN apps PATCH without a path, AIW apps PUT, and either may send the header token bare.

Sources: developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20, okta-blog-archive pull requests 1956 and 2022.
"""

from typing import Final

from app.scim.dialects.dialect import LENIENT_POLICY, Dialect
from app.scim.dialects.tolerance import COMMON

OKTA: Final = Dialect(
    name="okta",
    policy=LENIENT_POLICY,
    tolerances=COMMON,
    bare_token=True,
    empty_patch_answers=frozenset({"Group"}),
    unknown_members="drop",
)
