"""What a block shows of the nodes inside it: a form of those parameters, and a menu that says which they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from netstudio.errors import ParamError
from netstudio.graph import Catalogue, Node
from netstudio.graph.edits import Edit, SetParams, Several
from netstudio.graph.exposed import KEYS, Place, SetExposed, alike, declared_in, offered_by, parts_of, values_in
from netstudio.gui.forms.form import Form


class BlockForm(QWidget):
    """The form of one block; `show_block(node)` after every edit.

    Emits `edited(edit, name, typing)` with the edit that a change asks for and the name of the parameter it is of.
    """

    edited = Signal(object, str, bool)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.catalogue = catalogue
        self._node = Node("", "")
        self._shown: Mapping[str, Any] | None = None
        self.form: Form | None = None
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.choose = QPushButton(self.tr("Expose parameters"))
        self.choose.setObjectName("block.expose")
        self.choose.setToolTip(self.tr("Choose parameters of the nodes inside that are set here, as the block's own"))
        self.choose.setMenu(self.menu)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)

    def show_block(self, node: Node) -> None:
        """Show the block as it is now."""
        self._node = node
        try:
            _inside, exposed = parts_of(node)
            declared, values = declared_in(node, self.catalogue), values_in(node, self.catalogue)
        except ParamError:  # it is told among the node's problems
            exposed, declared, values = {}, {}, {}
        if exposed != self._shown:
            self._shown = exposed
            self._make_form(declared)
        if self.form is not None:
            self.form.show_values(values)

    def _make_form(self, declared: Mapping[str, Any]) -> None:
        if self.form is not None:
            self._column.removeWidget(self.form)
            self.form.setParent(None)  # at once, so that no field is there twice
            self.form.deleteLater()
        self.form = Form(declared) if declared else None
        if self.form is not None:
            self.form.changed.connect(self._on_changed)
            self.form.reset.connect(lambda name: self._tell(SetExposed(self._node.id, reset=(name,)), name))
            self._column.insertWidget(0, self.form)

    def _on_changed(self, name: str, value: Any, typing: bool) -> None:
        self._tell(SetExposed(self._node.id, {name: value}), name, typing)

    def _tell(self, edit: Any, name: str, typing: bool = False) -> None:
        self.edited.emit(edit, name, typing)

    def _fill_menu(self) -> None:
        """A sub-menu for each node inside, with a tick at each parameter that is shown."""
        self.menu.clear()
        try:
            (inside, exposed), offered = parts_of(self._node), list(offered_by(self._node, self.catalogue))
        except ParamError:
            offered = []
        parts: dict[str, QMenu] = {}
        shown = {place for places in exposed.values() for place in places} if offered else set()
        for place in offered:
            if place.node not in parts:
                parts[place.node] = self.menu.addMenu(inside.nodes[place.node].title)
            names = [] if place in shown else alike(self._node, place, self.catalogue)
            self._add_parameter(parts[place.node], place, place in shown, names)
        for place in sorted(shown - set(offered)):
            self._add_action(self.menu, self.tr("{} (not there any more)").format(place), place, True)
        if not offered:
            self.menu.addAction(self.tr("There is nothing inside that has parameters")).setEnabled(False)

    def _add_parameter(self, menu: QMenu, place: Place, on: bool, names: Sequence[str]) -> None:
        """An action for one parameter; where some of `names` could stand for it too, a menu of the ways."""
        text = place.port.replace("_", " ")
        if not names:
            self._add_action(menu, text, place, on)
            return
        ways = menu.addMenu(text)
        self._add_action(ways, self.tr("by itself"), place, on)
        for name in names:
            self._add_action(ways, self.tr("together with {}").format(name.replace("_", " ")), place, on, name)

    def _add_action(self, menu: QMenu, text: str, place: Place, on: bool, name: str | None = None) -> None:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(on)
        action.toggled.connect(lambda on: self._on_toggled(place, on, name))

    def _on_toggled(self, place: Place, on: bool, name: str | None) -> None:
        _inside, exposed = parts_of(self._node)
        kept = {known: [p for p in places if p != place] for known, places in exposed.items()}
        if on:
            kept.setdefault(name or _free_name(place, kept), []).append(place)
        forms = {name: _form(places) for name, places in kept.items() if places}
        edit: Edit = SetParams(self._node.id, {"exposed": forms} if forms else {}, () if forms else ("exposed",))
        if on and name is not None:
            edit = Several(edit.title, (edit, self._as_it_is(name)))
        self._tell(edit, "exposed")

    def _as_it_is(self, name: str) -> SetExposed:
        """Give all that `name` stands for the value that it shows."""
        values = values_in(self._node, self.catalogue)
        return SetExposed(
            self._node.id, {name: values[name]} if name in values else {}, () if name in values else (name,)
        )


def _free_name(place: Place, taken: Mapping[str, Any]) -> str:
    """The parameter's own name, or with the node's before it where that is taken: "units", "hidden_units"."""
    name, number = place.port, 1
    while name in taken or name in KEYS:
        name = f"{place.node}_{place.port}" + (f"_{number}" if number > 1 else "")
        number += 1
    return name


def _form(places: list[Place]) -> Any:
    return str(places[0]) if len(places) == 1 else [str(place) for place in places]
