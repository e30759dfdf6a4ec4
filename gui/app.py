"""The studio as a program: starts Qt, dresses it, shows the window; or takes a picture of it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QProcess, Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from gui import language, mishaps, settings, theme, waiting
from gui.inside.asking import Asker
from gui.session import Session
from gui.shell.recovery import Recovery
from gui.window import Window

SETTLING: Final = 500  # milliseconds
CORNER: Final = (9999, 9999)  # where the mouse hovers over nothing


def run(open: str | None = None, template: str | None = None) -> int:
    """Show the studio until it is closed; gives the exit code.

    open: a design file to open at once
    template: a template to open at once
    """
    settings.adopt()
    app = application()
    theme.wear(settings.theme())
    session = Session()
    log = mishaps.start_log()
    recovery = Recovery(session)
    window = Window(session, log)
    window.safe.use(recovery)
    mishaps.catch(lambda text: session.say(text, "error", window.tr("Show the log"), window.show_log))
    before = signal.signal(signal.SIGINT, lambda *_: window.close())
    heartbeat = QTimer(interval=200)  # lets Python see Ctrl+C while Qt's loop runs
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    try:
        _open(session, open, template)
        window.show()
        return app.exec()
    finally:
        session.close()
        mishaps.release()
        signal.signal(signal.SIGINT, before)
        settings.restore()
        if window.again:
            _start_again(session.path)


def screenshot(to: str, template: str | None = None, open: str | None = None, run: str | None = None,
               panel: str | None = None, size: tuple[int, int] = (1440, 900), theme: str = "dark") -> int:  # fmt: skip
    """Take a picture of the real window with a design or a run in it, once shapes and results have arrived.

    panel: the panel to bring to the front, such as "code"

    Gives 0, or 1 with a sentence on stderr where the design, the run, the panel or the target does not work out.
    """
    from gui.inside import curve_plot  # noqa: F401 - or the plots would still be loading when the picture is taken

    application()
    mishaps.start_log()
    _dress(theme)
    session = Session()
    complaints: list[str] = []
    session.notice.connect(lambda notice: complaints.append(notice.text) if notice.level == "error" else None)
    window = Window(session, remembers=False)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.resize(*size)
    try:
        QCursor.setPos(*CORNER)
        window.show()
        waiting.until(lambda: window.complete)
        if run is not None:
            session.open_run(run)
        else:
            _open(session, open, template)
        if not complaints:
            complaints += _picture(window, to, panel, run is not None)
    finally:
        session.give_up()
        session.close()
        window.close()
        mishaps.release()
    for sentence in complaints:
        print(sentence, file=sys.stderr)
    return 1 if complaints else 0


def _picture(window: Window, to: str, panel: str | None, results: bool) -> list[str]:
    """Wait for shapes and results, then save the picture; gives what went wrong."""
    if panel is not None and panel not in window.docks.panels:
        return [f"There is no panel “{panel}”; there are {', '.join(window.docks.panels)}."]
    session = window.session
    shown: list[object] = []
    session.event.connect(shown.append)
    if window.drawing:
        waiting.until(lambda: session.analysis is not None)
        window.canvas.frame_all()
    if panel is not None:
        window.docks.show(panel)
    if results:
        waiting.until(lambda: any(type(event).__name__ in ("Answered", "Failed", "Died") for event in shown))
        waiting.until(lambda: not any(asker.waiting for asker in window.findChildren(Asker)))
    waiting.pause(SETTLING)
    waiting.until(lambda: not session.previews.busy)
    waiting.pause(waiting.LOOK_MILLISECONDS)
    Path(to).parent.mkdir(parents=True, exist_ok=True)
    saved = window.grab().save(to)
    return [] if saved else [f"The picture cannot be written to “{to}”: give a path that ends in .png."]


def application() -> QApplication:
    """The one application of this process, with its name and its fonts."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["netloom"])
    app.setApplicationName("netloom")
    app.setDesktopFileName("netloom")
    theme.load_fonts()
    language.install(app)
    return app


def _start_again(path: Path | None) -> None:
    """Start the studio anew with the design that was open, for settings that Qt reads only then."""
    main = Path(__file__).parent.parent / "main.py"
    QProcess.startDetached(sys.executable, [str(main), *(["--open", str(path)] if path else [])])


def _dress(name: str) -> None:
    theme.set_theme(name)


def _open(session: Session, file: str | None, template: str | None) -> None:
    if file is not None:
        session.open(file)
    elif template is not None:
        session.open_template(template)
