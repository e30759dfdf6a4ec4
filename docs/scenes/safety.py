"""Work that is never lost: tabs, designs after a crash, versions, and two designs compared."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph import templates
from graph.document import MAIN, Document, NodeKey
from graph.journal import Journal
from gui.session import Session
from gui.shell.recovery import Recovery


def _work(document: Document) -> None:
    """Change a network a little: a layer wider, one gone, one new."""
    with document.edit("Work"):
        convolutions = [key for key, node in document.nodes.items() if node.type == "conv2d"]
        activations = [key for key, node in document.nodes.items() if node.type == "relu"]
        document.set_param(convolutions[0], "filters", 48)
        document.remove_node(activations[-1])
        last = document.nodes[convolutions[-1]]
        document.add_node("dropout", last.x + 1100, last.y)


def _saved(stage: Stage, name: str) -> Session:
    session = stage.session
    stage.open("digits-cnn")
    session.save(stage.folder / f"{name}.netloom")
    return session


@scene()
def tabs(stage: Stage) -> QWidget:
    """Three designs in tabs: one saved, one with changes, one that trains."""
    window = stage.open("xor")
    stage.session.train()
    stage.heard("Started")
    _work(_saved(stage, "my-digits").document)
    stage.open("gan-2d")
    return window


@scene(size=(640, 460))
def recovery(stage: Stage) -> QWidget:
    """What is offered after a crash: each design with its picture and what its file lacks."""
    os.environ["NETLOOM_RECOVERY"] = str(stage.folder / "recovery")
    left = Path(os.environ["NETLOOM_RECOVERY"]) / "left"
    left.mkdir(parents=True)
    document = _saved(stage, "my-digits").document
    _work(document)
    Journal(left / "one", document, stage.folder / "my-digits.netloom", "my-digits").close()
    Journal(left / "two", templates.find_design("xor"), None, "Untitled").close()
    shelf = stage.window.safe.offer_recovered(Recovery(stage.session))
    assert shelf is not None
    return shelf


@scene(size=(640, 460))
def versions(stage: Stage) -> QWidget:
    """The earlier versions of a file."""
    os.environ["NETLOOM_VERSIONS"] = str(stage.folder / "versions")
    session = _saved(stage, "my-digits")
    for _ in range(2):
        _work(session.document)
        session.save()
    shelf = stage.window.safe.show_versions()
    assert shelf is not None
    return shelf


@scene()
def comparison(stage: Stage) -> QWidget:
    """A design beside what is saved: added, removed and changed, by colour and by sign."""
    session = _saved(stage, "my-digits")
    _work(session.document)
    stage.window.safe.compare_with_saved()
    stage.window.canvas.frame_all()
    changed = next(key for key in session.document.nodes if key.network == MAIN)
    session.select([NodeKey(*changed)])
    return stage.window


@scene()
def comparison_far(stage: Stage) -> QWidget:
    """The same of a large design from far away; the inspector says what the selected node was."""
    session = stage.session
    stage.open("resnet50")
    session.save(stage.folder / "my-resnet.netloom")
    document = session.document
    main = [key for key in document.nodes if key.network == MAIN]
    changed = next(key for key in main if document.nodes[key].type == "conv2d")
    with document.edit("Work"):
        document.set_param(changed, "filters", 48)
        document.remove_node(main[len(main) // 2])
        last = document.nodes[main[-1]]
        document.add_node("dropout", last.x + 400, last.y + 200)
    stage.window.safe.compare_with_saved()
    session.select([changed])
    stage.window.canvas.zoom_to(0.16)
    return stage.window


@scene()
def leaving(stage: Stage) -> QWidget:
    """What is asked when the window is closed with unsaved designs, one of which trains."""
    stage.open("xor")
    stage.session.train()
    stage.heard("Started")
    with stage.session.document.edit("Work"):
        stage.session.document.add_node("dropout")
    _work(_saved(stage, "my-digits").document)
    stage.window.safe.use(Recovery(stage.session))
    stage.window.close()
    return stage.window
