"""The command line: ``scim-lifecycle``. A command is imported when it is called, so that `--help` stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

COMMANDS = {
    "quickstart": ("app.cli.quickstart", "Set up a demo tenant and serve it."),
    "serve": ("app.cli.serve", "Serve the application."),
    "worker": ("app.cli.worker", "Tell webhooks what happened, and do what is due by time."),
    "drain": ("app.cli.drain", "Tell events when rung for through a broker."),
    "demo": ("app.cli.demo", "Watch a leaver lose access on a running server."),
    "tenant": ("app.cli.tenant", "Create and list tenants."),
    "connection": ("app.cli.connection", "Create, rotate and revoke the links of identity providers."),
    "api-token": ("app.cli.api_token", "Issue tokens to the host application."),
    "key": ("app.cli.key", "Rotate the keys that tokens and events are signed with."),
    "webhook": ("app.cli.webhook", "Tell servers of what happens."),
    "stream": ("app.cli.stream", "Tell receivers of Shared Signals."),
    "logout-client": ("app.cli.logout_client", "Tell clients of the host application of sign-outs."),
    "user": ("app.cli.user", "Deactivate, reactivate and restore users."),
    "policy": ("app.cli.policy", "Show, try and change the rules of a tenant."),
    "precheck": ("app.cli.precheck", "Ask the host application before users leave."),
    "mass-change": ("app.cli.mass_change", "Decide about users taken away at once, and give them back."),
    "reviews": ("app.cli.reviews", "Review who has access: begin, decide and close."),
    "report": ("app.cli.report", "Report on who has access."),
    "purge": ("app.cli.purge", "Erase users whose time has come."),
    "audit": ("app.cli.audit", "Prove the audit trail whole, export it, note where it ends."),
    "requests": ("app.cli.request_log", "Show why an identity provider shows an error."),
    "db": ("app.cli.db", "Upgrade and back up the database."),
}


class Commands(click.Group):
    """Find commands by name, and turn what goes wrong into one clear line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order in which a stranger needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of a command; the help of all of them needs none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands with their one-line help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *others: Any, **extra: Any) -> NoReturn:
        """Run a command and end the process: 0 done, 1 failed, 2 wrongly called, 3 not found, 4 in conflict."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            sys.exit(super().main(given, *others, **extra) or 0)
        except click.Abort:
            sys.exit(130)
        except Exception as error:
            # only now, since it knows the database
            from app.cli.faults import fault_of

            fault = fault_of(error)
            if fault is None:
                raise
            fault.tell(as_json="--json" in given)
            sys.exit(fault.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="scim-lifecycle", message="%(package)s %(version)s")
def main() -> None:
    """SCIM Lifecycle: users come, move and leave through SCIM, and a leaver's sessions end at once.

    Settings come from the environment: SCIM_LIFECYCLE_DATABASE_URL, SCIM_LIFECYCLE_PUBLIC_URL, and others.
    """
