"""The command `uproar`: one module a command, results on stdout, everything else on stderr.

Every command exits with 0 on success, 1 where the answer is "something is wrong" and `--fail` asks
for that, and 2 on bad input, with one clear line.
"""

from __future__ import annotations

import logging
import sys

import structlog
import typer

from uproar import __version__
from uproar.cli import (
    agent,
    change,
    check,
    collect,
    demo,
    detect,
    diagnose,
    geo,
    keep,
    letters,
    posts,
    probe,
    replay,
    serve,
    trace,
)
from uproar.errors import UproarError

app = typer.Typer(
    name="uproar",
    help="An outage observatory that anyone can run.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("replay")(replay.replay)
app.command("detect")(detect.detect)
app.command("trace")(trace.trace)
app.command("diagnose")(diagnose.diagnose)
app.command("collect")(collect.collect)
app.command("probe")(probe.probe)
app.command("change")(change.change)
app.command("agent")(agent.agent)
app.command("posts")(posts.posts)
app.command("check")(check.check)
app.command("export")(keep.export)
app.command("import")(keep.import_)
app.command("backup")(keep.backup)
app.command("restore")(keep.restore)
app.add_typer(letters.app, name="letters")
app.add_typer(geo.app, name="geo")


@app.callback(invoke_without_command=True)
def options(
    version: bool = typer.Option(False, "--version", help="Say which version this is."),
) -> None:
    """Hold the options that need no command."""
    if version:
        print(f"uproar {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what went wrong on purpose is one line and exit code 2."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            # A plain trace: one with variables would show addresses and words.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    try:
        # On its own Typer would put a wrong option into a frame of six lines.
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False))
    except UproarError as problem:
        print(f"uproar: {problem}", file=sys.stderr)
        sys.exit(2)
    except typer.TyperException as problem:
        said = " ".join(problem.format_message().split()).rstrip(".")
        print(f"uproar: {said}; `uproar --help` tells more", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); there is nobody left to tell.
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
