"""The sessions of users at the host application: registering, asking about and ending them."""

from app.db.sessions import Session

__all__ = ["Session"]
