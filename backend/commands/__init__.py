"""The subcommands: one file each, with ``HELP``, ``EXAMPLES``, ``declare(parser)`` and ``run(arguments)``."""

NAMES = ("templates", "check", "diff", "train", "test", "predict", "sample", "export", "screenshot")
