"""The domain: what a joiner, mover and leaver mean, decided without I/O and without a framework."""
