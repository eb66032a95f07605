"""Streams of the OpenID Shared Signals Framework 1.0: signed events for receivers, pushed or polled."""
