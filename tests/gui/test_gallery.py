"""The start page: searched and chosen from by keys, with what was last used at its side."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from windows import add_node

from graph import templates
from gui import settings, theme
from gui.shell.cards import Card
from gui.shell.gallery import Gallery
from gui.shell.recents import Recent, ago
from gui.shell.tour import Tour
from gui.window import Window


def seen(gallery: Gallery) -> list[str]:
    return [card.objectName() for card in gallery.cards if card.isVisible()]


def keys(key: Qt.Key, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(QApplication.focusWidget(), key)


def saved(window: Window, path: Path, nodes: int) -> None:
    window.new()
    for _ in range(nodes):
        add_node(window.session)
    window.session.save(path)


# -- searching --------------------------------------------------------------------------------------------------------


def test_every_template_is_there_once_with_its_result_and_time(window: Window) -> None:
    assert sorted(seen(window.gallery)) == sorted(["empty", *(each.name for each in templates.templates())])
    for card in window.gallery.cards:
        if card.template is not None:
            assert card.template.expected
            assert card.template.time
            assert card.template.expected in card.accessibleDescription()


@pytest.mark.parametrize(("wanted", "found"), [
    ("vgg", {"vgg16"}), ("conditional gan", {"cgan"}), ("GAN mnist", {"dcgan", "cgan"}),
])  # fmt: skip
def test_typing_finds_templates(window: Window, wanted: str, found: set[str]) -> None:
    assert window.gallery.search.hasFocus()
    QTest.keyClicks(window.gallery.search, wanted)
    assert found <= set(seen(window.gallery))
    assert len(seen(window.gallery)) < 8


def test_a_search_that_finds_nothing_says_so(window: Window) -> None:
    QTest.keyClicks(window.gallery.search, "zebra crossing")
    assert seen(window.gallery) == []
    assert window.gallery.nothing.isVisible()
    window.gallery.search.clear()
    assert len(seen(window.gallery)) > 30
    assert not window.gallery.nothing.isVisible()


def test_enter_opens_the_first_found(window: Window) -> None:
    QTest.keyClicks(window.gallery.search, "resnet-18")
    keys(Qt.Key.Key_Return)
    assert window.drawing
    assert window.session.title == "ResNet-18"


def test_a_family_shows_its_templates_alone(window: Window, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.gallery.families["Sequences"], Qt.MouseButton.LeftButton)
    wanted = {each.name for each in templates.templates() if each.family == "Sequences"}
    assert set(seen(window.gallery)) == wanted
    QTest.keyClicks(window.gallery.search, "lstm")
    assert set(seen(window.gallery)) < wanted


def test_arrows_go_from_card_to_card_and_bring_them_into_sight(window: Window) -> None:
    gallery = window.gallery
    keys(Qt.Key.Key_Down)
    assert QApplication.focusWidget() is gallery.cards[0]
    keys(Qt.Key.Key_Right)
    assert QApplication.focusWidget() is gallery.cards[1]
    for _ in range(12):
        keys(Qt.Key.Key_Down)
        card = QApplication.focusWidget()
        assert isinstance(card, Card)
        inside = card.mapTo(gallery.area.viewport(), card.rect().center())
        assert gallery.area.viewport().rect().contains(inside)
    assert card.template is not None
    name = card.template.title
    keys(Qt.Key.Key_Return)
    assert window.session.title == name


def test_up_from_the_first_row_goes_back_to_the_search(window: Window) -> None:
    keys(Qt.Key.Key_Down)
    keys(Qt.Key.Key_Up)
    assert window.gallery.search.hasFocus()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_cards_are_pictures_of_their_networks(window: Window, look: str) -> None:
    theme.set_theme(look)
    pictures = {card.objectName(): card.grab().toImage() for card in window.gallery.cards[:4]}
    for name, picture in pictures.items():
        assert colours(picture) > (3 if name == "empty" else 12), name
    assert len({bytes(picture.constBits()) for picture in pictures.values()}) == 4


def colours(picture: QImage) -> int:
    return len({picture.pixelColor(x, y).name() for x in range(0, 260, 2) for y in range(0, 130, 2)})


# -- what was last used -----------------------------------------------------------------------------------------------


def test_a_newcomer_is_told_what_to_do_first(window: Window, qtbot: QtBot) -> None:
    texts = " ".join(label.text() for label in window.gallery.findChildren(QLabel) if label.isVisible())
    assert "First steps" in texts
    assert "Press Train" in texts
    (tour,) = [each for each in window.gallery.findChildren(QPushButton) if each.text() == "Take the tour"]
    qtbot.mouseClick(tour, Qt.MouseButton.LeftButton)
    assert window.findChild(Tour) is not None


def test_the_last_design_is_offered_large_and_opens_by_enter(window: Window, tmp_path: Path) -> None:
    saved(window, tmp_path / "older.netloom", 1)
    saved(window, tmp_path / "newer.netloom", 3)
    window.new()
    window.show_gallery()
    entries = [each for each in window.gallery.findChildren(Recent) if each.isVisible()]
    assert [(each.text(), each.large) for each in entries] == [("newer", True), ("older", False)]
    assert all(each.when == "just now" and each.accessibleDescription() for each in entries)
    window.gallery.search.setFocus()
    keys(Qt.Key.Key_Backtab, 2)
    assert QApplication.focusWidget() is entries[0]
    keys(Qt.Key.Key_Return)
    assert len(window.session.document.nodes) == 3


def test_a_file_that_cannot_be_read_is_listed_and_says_why(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "broken.netloom").write_text("{", "utf-8")
    settings.add_recent(tmp_path / "broken.netloom")
    window.show_gallery()
    QApplication.processEvents()
    (entry,) = [each for each in window.gallery.findChildren(Recent) if each.isVisible()]
    entry.grab()
    qtbot.mouseClick(entry, Qt.MouseButton.LeftButton)
    assert window.notices.cards[0].notice.level == "error"


@pytest.mark.parametrize(("before", "words"), [
    (timedelta(seconds=5), "just now"), (timedelta(seconds=70), "a minute ago"),
    (timedelta(minutes=5), "5 minutes ago"), (timedelta(hours=1), "an hour ago"),
    (timedelta(hours=3), "3 hours ago"), (timedelta(days=1), "yesterday"),
    (timedelta(days=3), "3 days ago"),
])  # fmt: skip
def test_time_is_told_as_people_do(tmp_path: Path, before: timedelta, words: str) -> None:
    now = datetime(2026, 5, 20, 18, 0)
    path = tmp_path / "design.netloom"
    path.touch()
    os.utime(path, times=((now - before).timestamp(),) * 2)
    assert ago(path, now) == words
