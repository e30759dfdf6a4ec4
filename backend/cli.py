"""The command line: reads the arguments, runs a command, and turns what goes wrong into a sentence and an exit code."""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from backend.commands import NAMES

DONE, USAGE, INTERRUPTED = 0, 2, 130
CODES = """exit codes:
  0 done · 1 the input is wrong · 2 the command was used wrongly · 3 the machine failed (memory, disk, device)
  130 interrupted with Ctrl+C; a training is saved first and can be resumed"""
REWORDED = (
    (r"the following arguments are required: (.+)", r"\1 is missing."),
    (r"argument (\S+): expected one argument", r"\1 needs a value."),
    (r"argument (\S+): expected at least one argument", r"\1 needs at least one value."),
    (r"argument (\S+): invalid choice: '(.*)' \(choose from (.+)\)", r"\1 is one of \3; got “\2”."),
    (r"argument (\S+): not allowed with argument (\S+)", r"\1 and \2 exclude each other."),
    (r"one of the arguments (\S+) (\S+) is required", r"\1 or \2 is needed."),
    (r"argument (\S+): (.+)", r"\1: \2"),
)

Door = Callable[[argparse.Namespace], int]


class UsageProblem(Exception):
    """The arguments cannot be understood; the text is a sentence for the user."""


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one sentence instead of a page."""

    def error(self, message: str) -> NoReturn:
        for pattern, words in REWORDED:
            if re.fullmatch(pattern, message):
                message = re.sub(r"'(.*?)'", r"“\1”", re.sub(pattern, words, message))
                break
        raise UsageProblem(f"{message} See: {self.prog} --help")


def main(argv: Sequence[str] | None = None, *, studio: Door | None = None, screenshot: Door | None = None) -> int:
    """Run a command and return its exit code; nothing but a sentence comes out when it fails.

    studio, screenshot: what to do where a window is asked for; the command line itself knows of none
    """
    doors = {None: studio, "screenshot": screenshot}
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        try:
            arguments = parse(sys.argv[1:] if argv is None else argv)
            code = (doors.get(arguments.command) or arguments.action)(arguments)
            sys.stdout.flush()
            _tell_of_plugins()
            return code
        except UsageProblem as problem:
            return _complain(str(problem), USAGE)
        except SystemExit as leaving:  # --help and --version have said what was asked
            return leaving.code if isinstance(leaving.code, int) else DONE
        except KeyboardInterrupt:
            return _complain("Stopped.", INTERRUPTED)
        except BrokenPipeError:  # whoever read the output has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        except Exception as error:  # the process edge
            return _explain(error)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of a command line; ``command`` is None where the studio is asked for. Raises UsageProblem."""
    command = argv[0] if argv and not argv[0].startswith("-") else ""
    if command and command not in NAMES:
        near = difflib.get_close_matches(command, NAMES, 1)
        advice = f"did you mean “{near[0]}”?" if near else f"there are {', '.join(NAMES)}."
        raise UsageProblem(f"There is no command “{command}”: {advice}")
    parser = _parser([command] if command else NAMES)  # the others need not be loaded
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        near = difflib.get_close_matches(unknown[0].partition("=")[0], arguments.options, 1)
        advice = f"did you mean {near[0]}?" if near else f"see: {' '.join([parser.prog, command]).strip()} --help"
        raise UsageProblem(f"“{unknown[0]}” means nothing here; {advice}")
    return arguments


def _parser(names: Sequence[str]) -> Parser:
    prog = "netloom" if Path(sys.argv[0]).stem == "netloom" else "python main.py"
    parser = Parser(
        prog=prog, epilog=CODES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
        description="Netloom: draw neural networks, train them and look inside. Without a command the studio opens.",
    )  # fmt: skip
    window = parser.add_mutually_exclusive_group()
    window.add_argument("--open", metavar="FILE", help="open the studio on a design")
    window.add_argument("--template", metavar="NAME", help="open the studio on a template")
    parser.set_defaults(action=_no_studio, options=["--open", "--template", "--help"])
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name in names:
        module = importlib.import_module(f"backend.commands.{name}")
        examples = "\n".join(f"  {prog} {example}" for example in module.EXAMPLES)
        command = commands.add_parser(
            name, help=module.HELP, description=module.__doc__, allow_abbrev=False,
            epilog=f"examples:\n{examples}", formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        module.declare(command)
        options = [option for option in command._option_string_actions if option.startswith("--")]
        command.set_defaults(action=module.run, options=options)
    return parser


def _no_studio(arguments: argparse.Namespace) -> int:
    raise UsageProblem(f"Say what to do: one of {', '.join(NAMES)}.")


def _tell_of_plugins() -> None:
    """Say which plug-ins were left out, where the command needed node types at all."""
    if layers := sys.modules.get("graph.layers"):
        for sentence in layers.LEFT_OUT:
            print(sentence, file=sys.stderr)


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return code


def _explain(error: Exception) -> int:
    from backend.problems import explain, write_down

    explained = explain(error)
    message = f"{explained.node}: {explained.message}" if explained.node else explained.message
    if not explained.expected:
        message += f" What happened is written down in {write_down(' '.join(sys.argv), error)}."
    return _complain(message, explained.code)


if __name__ == "__main__":
    sys.exit(main())
