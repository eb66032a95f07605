"""Speak SCIM 2.0: the only package that knows the protocol."""
