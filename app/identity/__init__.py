"""Who is calling: principals, their hashed bearer tokens and what these allow."""
