"""The canvas: a view of a network that mirrors the document and turns gestures into edits."""

from gui.canvas.view import CanvasView as CanvasView
