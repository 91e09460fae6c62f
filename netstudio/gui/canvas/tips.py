"""What a tooltip on the canvas says."""

from __future__ import annotations

from html import escape

from netstudio.graph import Analysis, Port, Wire
from netstudio.gui.canvas.face import Face, PortRef


def port_tip(ref: PortRef, port: Port, analysis: Analysis) -> str:
    """The port's name and documentation, and the shape it gives or gets, where known."""
    facts = analysis.nodes.get(ref.node)
    spec = analysis.spec(ref.end) if ref.output else None
    if not ref.output and facts is not None and ref.port in facts.input_ports:
        spec = facts.inputs[facts.input_ports.index(ref.port)]
    words = [port.name, f"{spec.label} {spec.dtype}" if spec is not None else "", port.doc]
    if port.variadic:
        words.append("any number of wires")
    return " · ".join(word for word in words if word)


def node_tip(face: Face, doc: str) -> str:
    """What does not fit on a card: the whole title, the caption, the problems."""
    head = f"{face.title} · {face.type}"
    return "\n".join(line for line in (head, face.caption, face.problem or doc) if line)


def wire_tip(wire: Wire, analysis: Analysis) -> str:
    spec = analysis.spec(wire.source)
    return f"{wire}\n{spec.label} {spec.dtype}" if spec is not None else str(wire)


def as_html(text: str) -> str:
    """Text as a tooltip shows it: wrapped, never read as markup."""
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>" if text else ""
