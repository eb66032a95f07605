"""Tell the world: what can happen, to whom it is told, in which form, and that nothing is lost on the way."""
