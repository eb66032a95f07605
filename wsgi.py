"""Expose the application to WSGI servers; run as a script, serve it."""

import sys

from app import create_app
from app.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])

app = create_app()
