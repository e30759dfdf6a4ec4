"""List the templates that come with Netloom: what each is called, belongs to and shows."""

from __future__ import annotations

import argparse

from backend import terminal

HELP = "list the templates"
EXAMPLES = ("templates", "templates --json")


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from graph.templates import templates

    found = templates()
    if arguments.json:
        terminal.answer({"templates": [
            {"name": t.name, "title": t.title, "family": t.family, "shows": t.shows} for t in found
        ]})  # fmt: skip
        return 0
    rows = [(t.name, t.family, t.title) for t in found]
    print(terminal.columns([("NAME", "FAMILY", "WHAT IT SHOWS"), *rows]))
    return 0
