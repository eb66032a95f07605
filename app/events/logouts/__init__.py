"""Tell the clients of the host application that sessions ended (OpenID Connect Back-Channel Logout 1.0)."""
