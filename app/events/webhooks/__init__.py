"""Webhooks: signed as Standard Webhooks says, in its form or in that of a directory-sync product one comes from."""
