"""Every action, once: menus, toolbar, shortcuts, the command palette and the list of shortcuts all read this table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from netstudio.graph.nested import COMPOSITE

if TYPE_CHECKING:
    from netstudio.gui.window import MainWindow

Test = Callable[["MainWindow"], bool]
NO_MODEL = "no model yet; run the network to its end, or stop it"
CANVAS = "canvas"  # these shortcuts work where the canvas has the focus, so that text fields keep their keys


@dataclass(frozen=True)
class Command:
    """One action. `why_not` is the reason why it can't be used while it is disabled, shown as its tooltip then."""

    id: str
    title: str
    run: Callable[[MainWindow], object]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    enabled: Test | None = None
    scope: str = ""
    why_not: str = ""
    checked: Test | None = None
    about: Callable[[MainWindow], str] | None = None  # what it would act on now, shown after its title

    under: str = ""  # the menu, where it is not the one that the id begins with

    @property
    def menu(self) -> str:
        return self.under or self.id.partition(".")[0]


def _has_nodes(w: MainWindow) -> bool:
    return bool(w.session.here.graph.nodes)


def _has_selection(w: MainWindow) -> bool:
    return bool(w.session.selection)


def _blocks(w: MainWindow) -> int:
    nodes = w.session.here.graph.nodes
    return sum(nodes[id].type == COMPOSITE for id in w.session.selection)


def _has_block(w: MainWindow) -> bool:
    return _blocks(w) > 0


def _one_block(w: MainWindow) -> bool:
    return _blocks(w) == 1


def _is_inside(w: MainWindow) -> bool:
    return bool(w.session.here.path)


def _one_selected(w: MainWindow) -> bool:
    return len(w.session.selection) == 1


def _is_open(w: MainWindow) -> bool:
    return w.session.is_open


def _has_model(w: MainWindow) -> bool:
    return w.session.document.model is not None


def _state(*states: str) -> Test:
    return lambda w: w.session.is_open and w.session.training_state in states


def _has_tabs(w: MainWindow) -> bool:
    return bool(w.session.documents)


def _several_selected(w: MainWindow) -> bool:
    return len(w.session.selection) > 1


def _three_selected(w: MainWindow) -> bool:
    return len(w.session.selection) > 2


def _align(edge: str, w: MainWindow) -> None:
    w.canvas.arranging.align_selected(edge)


def _distribute(across: bool, w: MainWindow) -> None:
    w.canvas.arranging.distribute_selected(across)


ALIGNMENTS = {
    "left": "Align Left Edges",
    "right": "Align Right Edges",
    "top": "Align Top Edges",
    "bottom": "Align Bottom Edges",
    "middle": "Align in a Column",
    "row": "Align in a Row",
}
COMMANDS: tuple[Command, ...] = (
    Command("file.new", "New", lambda w: w.documents.new(), ("Ctrl+N",), "new"),
    Command("file.open", "Open …", lambda w: w.documents.open(), ("Ctrl+O",), "open"),
    Command("file.save", "Save", lambda w: w.documents.save(), ("Ctrl+S",), "save", _is_open),
    Command("file.saveAs", "Save As …", lambda w: w.documents.save_as(), ("Ctrl+Shift+S",), "", _is_open),
    Command("data.import", "Import Data …", lambda w: w.import_data(), ("Ctrl+I",), "data", under="file"),
    Command("file.import", "Import Model …", lambda w: w.documents.import_model()),
    Command(
        "file.exportModel",
        "Export Model …",
        lambda w: w.documents.export_model(),
        ("Ctrl+E",),
        "export",
        _has_model,
        why_not=NO_MODEL,
    ),
    Command(
        "file.exportCode",
        "Export Code …",
        lambda w: w.documents.export_code(),
        ("Ctrl+Shift+E",),
        "",
        _has_model,
        why_not=NO_MODEL,
    ),
    Command("file.close", "Close Tab", lambda w: w.documents.close(), ("Ctrl+W",), "", _is_open),
    Command("file.start", "Start Page", lambda w: w.session.leave(), (), "", _is_open),
    Command("file.quit", "Quit", lambda w: w.close(), ("Ctrl+Q",)),
    Command(
        "edit.undo",
        "Undo",
        lambda w: w.session.undo(),
        ("Ctrl+Z",),
        "undo",
        lambda w: w.session.undo_stack.canUndo(),
        about=lambda w: w.session.undo_stack.undoText(),
    ),
    Command(
        "edit.redo",
        "Redo",
        lambda w: w.session.redo(),
        ("Ctrl+Y", "Ctrl+Shift+Z"),
        "redo",
        lambda w: w.session.undo_stack.canRedo(),
        about=lambda w: w.session.undo_stack.redoText(),
    ),
    Command("edit.cut", "Cut", lambda w: w.canvas.cut(), ("Ctrl+X",), "", _has_selection, CANVAS),
    Command("edit.copy", "Copy", lambda w: w.canvas.copy(), ("Ctrl+C",), "", _has_selection, CANVAS),
    Command("edit.paste", "Paste", lambda w: w.canvas.paste(), ("Ctrl+V",), "", None, CANVAS),
    Command(
        "edit.pasteWired", "Paste with Incoming Wires", lambda w: w.canvas.paste(True), ("Ctrl+Shift+V",), scope=CANVAS
    ),
    Command("edit.duplicate", "Duplicate", lambda w: w.canvas.duplicate(), ("Ctrl+D",), "", _has_selection),
    Command(
        "edit.delete", "Delete", lambda w: w.canvas.delete_selected(), ("Del", "Backspace"), "", _has_selection, CANVAS
    ),
    Command("edit.selectAll", "Select All", lambda w: w.canvas.select_all(), ("Ctrl+A",), "", _has_nodes, CANVAS),
    Command("edit.find", "Find in Graph …", lambda w: w.show_find(), ("Ctrl+F",), "", _has_nodes),
    Command("edit.rename", "Rename", lambda w: w.canvas.begin_rename(), ("F2",), "", _one_selected),
    Command("view.fitAll", "Fit All", lambda w: w.canvas.fit_all(), ("Home",), "fit", _has_nodes, CANVAS),
    Command("view.fitSelection", "Fit Selection", lambda w: w.canvas.fit_selection(), ("F",), "", _has_nodes, CANVAS),
    Command("view.zoomIn", "Zoom In", lambda w: w.canvas.zoom_in(), ("Ctrl++", "Ctrl+="), "zoom-in", _is_open),
    Command("view.zoomOut", "Zoom Out", lambda w: w.canvas.zoom_out(), ("Ctrl+-",), "zoom-out", _is_open),
    Command("view.minimap", "Minimap", lambda w: w.toggle_minimap(), (), checked=lambda w: w.minimap_shown),
    Command("view.snap", "Snap to Grid", lambda w: w.toggle_snap(), (), checked=lambda w: w.canvas.view.snaps),
    Command("view.nextTab", "Next Tab", lambda w: w.tabs.step(1), ("Ctrl+Tab", "Ctrl+PgDown"), "", _has_tabs),
    Command(
        "view.previousTab", "Previous Tab", lambda w: w.tabs.step(-1), ("Ctrl+Shift+Tab", "Ctrl+PgUp"), "", _has_tabs
    ),
    Command("view.theme", "Dark or Light Theme", lambda w: w.set_theme(w.theme.other), ("Ctrl+T",), "theme"),
    Command("view.commandPalette", "Command Palette …", lambda w: w.show_commands(), ("Ctrl+Shift+P",), "search"),
    Command("node.add", "Add Node …", lambda w: w.show_node_search(), ("Ctrl+Space",), "add"),
    Command("node.group", "Group", lambda w: w.canvas.group_selected(), ("Ctrl+G",), "", _has_selection),
    Command("node.ungroup", "Ungroup", lambda w: w.canvas.ungroup_selected(), ("Ctrl+Shift+G",), "", _has_block),
    Command("node.enter", "Enter Block", lambda w: w.canvas.enter_selected(), ("Return",), "", _one_block, CANVAS),
    Command("node.leave", "Leave Block", lambda w: w.session.leave_block(), ("Alt+Up",), "", _is_inside),
    Command("node.keep", "Save to My Blocks …", lambda w: w.keep_block(), ("Ctrl+Shift+B",), "", _one_block),
    Command("node.bypass", "Bypass", lambda w: w.canvas.bypass_selected(), ("M",), "", _has_selection, CANVAS),
    Command("node.note", "Add Note", lambda w: w.canvas.adding.add_note(), ("Ctrl+Alt+N",), "note", _is_open),
    Command("node.frame", "Frame Selection", lambda w: w.canvas.adding.add_frame(), ("Ctrl+Alt+F",), "frame", _is_open),
    *(
        Command(f"node.align.{edge}", title, partial(_align, edge), (), "", _several_selected)
        for edge, title in ALIGNMENTS.items()
    ),
    Command("node.distribute.across", "Distribute Across", partial(_distribute, True), (), "", _three_selected),
    Command("node.distribute.down", "Distribute Down", partial(_distribute, False), (), "", _three_selected),
    Command("graph.layout", "Lay Out", lambda w: w.canvas.arranging.lay_out(), ("L",), "layout", _has_nodes, CANVAS),
    Command("training.run", "Run", lambda w: w.session.run(), ("F5",), "run", _state("idle", "paused")),
    Command(
        "training.further",
        "Train Further",
        lambda w: w.session.run_further(),
        ("Ctrl+F5",),
        "",
        lambda w: _has_model(w) and w.session.training_state == "idle",
        why_not=NO_MODEL,
    ),
    Command("training.pause", "Pause", lambda w: w.session.pause(), ("F6",), "pause", _state("running", "compiling")),
    Command("training.step", "Step One Batch", lambda w: w.session.step(), ("F10",), "step", _state("idle", "paused")),
    Command(
        "training.stepEpoch",
        "Step One Epoch",
        lambda w: w.session.step_epoch(),
        ("Shift+F10",),
        "",
        _state("idle", "paused"),
    ),
    Command(
        "training.stop",
        "Stop",
        lambda w: w.session.stop(),
        ("Shift+F5",),
        "stop",
        _state("compiling", "running", "paused"),
    ),
    Command(
        "training.evaluate",
        "Evaluate",
        lambda w: w.evaluate(),
        ("F7",),
        "",
        _has_model,
        why_not=NO_MODEL,
    ),
    Command(
        "training.predict",
        "Predict …",
        lambda w: w.documents.predict(),
        ("Ctrl+P",),
        "",
        _has_model,
        why_not=NO_MODEL,
    ),
    Command("help.node", "About This Node", lambda w: w.show_node_help(), ("F1",), "info", _one_selected),
    Command("help.shortcuts", "Keyboard Shortcuts", lambda w: w.show_shortcuts(), ("?",), scope=CANVAS),
)
MENUS = {
    "file": "&File",
    "edit": "&Edit",
    "view": "&View",
    "node": "&Node",
    "graph": "&Graph",
    "training": "&Training",
    "help": "&Help",
}
NEW_SECTION = frozenset({"file.save", "data.import", "file.close", "file.quit", "edit.cut", "edit.selectAll"})
NEW_SECTION |= {
    "view.zoomIn",
    "view.minimap",
    "view.commandPalette",
    "node.group",
    "node.note",
    "node.align.left",
    "node.distribute.across",
}
NEW_SECTION |= {"training.evaluate", "edit.find", "view.snap", "view.nextTab"}
TOOLBAR = (
    ("data.import",),
    ("training.run", "training.pause", "training.stop", "training.step"),
    ("edit.undo", "edit.redo"),
    ("view.zoomOut", "view.zoomIn", "view.fitAll", "graph.layout"),
    ("node.add", "view.commandPalette", "view.theme"),
)
