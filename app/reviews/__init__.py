"""Reviews of access: who has it is frozen at the beginning, people decide about each, and what they decided is done."""
