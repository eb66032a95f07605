"""The authorization server of each tenant: its keys, its metadata, its tokens for connections."""
