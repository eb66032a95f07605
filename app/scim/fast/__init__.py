"""Read and change resources without building models, for requests of the usual shapes.

Readers and writers are compiled from the schema files. Whatever they do not know raises a `LookupError` and is left to
scim2-models: they may know less than it does, and never judge otherwise.
"""

from app.scim.fast.common import Common

__all__ = ["Common"]
