"""What ships beside the code: templates, icons, themes and fonts."""

from pathlib import Path

FOLDER = Path(__file__).parent
