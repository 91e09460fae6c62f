"""Documents: what is right comes back as it was, what is wrong is told in full, and nothing else happens."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netstudio.errors import DocumentError, FileError, NetStudioError
from netstudio.files.documents import dump_graph, load_graph, parse_graph, save_graph
from netstudio.graph import Graph, Node, Wire

HEAD = {"format": "netstudio/graph", "version": 1}
X = {"id": "x", "type": "Input", "params": {"shape": [3]}}
D = {"id": "d", "type": "Dense", "params": {"units": 2}}


def document(**more: Any) -> dict[str, Any]:
    return {**HEAD, "nodes": [X, D], "wires": [["x.out", "d.in"]], **more}


def problems(value: Any) -> list[str]:
    text = value if isinstance(value, (str, bytes)) else json.dumps(value)
    with pytest.raises(DocumentError) as caught:
        parse_graph(text, "g.json")
    assert str(caught.value).startswith("g.json")
    return [p.message for p in caught.value.problems] or [str(caught.value)]


def only_problem(value: Any) -> str:
    found = problems(value)
    assert len(found) == 1, found
    return found[0]


def test_a_document_becomes_a_graph() -> None:
    graph = parse_graph(
        json.dumps(document(name="n", nodes=[{**X, "label": "the x", "pos": [1, 2.5]}, {**D, "frozen": True}]))
    )
    assert graph == Graph(
        "n",
        {
            "x": Node("x", "Input", {"shape": [3]}, (1.0, 2.5), "the x"),
            "d": Node("d", "Dense", {"units": 2}, frozen=True),
        },
        (Wire.parse("x.out", "d.in"),),
    )


ids = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
positions = st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
nodes = st.builds(
    Node,
    ids,
    st.just("Dense"),
    st.fixed_dictionaries({"units": st.integers(1, 2**31 - 1)}, optional={"use_bias": st.booleans()}),
    positions,
    st.none() | texts,
    st.booleans(),
    st.just(1.0) | st.floats(0, allow_infinity=False),
)


@given(st.lists(nodes, max_size=8, unique_by=lambda n: n.id), texts, st.data())
@settings(deadline=None, max_examples=60)
def test_the_round_trip_is_the_identity(made: list[Node], name: str, data: st.DataObject) -> None:
    by_id = {n.id: n for n in made}
    chain = [Wire.parse(f"{a.id}.out", f"{b.id}.in") for a, b in itertools.pairwise(made) if data.draw(st.booleans())]
    seed = data.draw(st.integers(0, 2**31 - 1))
    graph = Graph(name, by_id, tuple(chain), {"source": "a.csv"}, {"seed": seed})
    text = dump_graph(graph)
    again = parse_graph(text)
    assert again == graph
    assert list(again.nodes) == list(graph.nodes)
    assert dump_graph(again) == text


def test_the_text_is_stable_and_readable() -> None:
    graph = parse_graph(json.dumps(document(name="né")))
    assert dump_graph(graph) == (
        '{\n  "format": "netstudio/graph", "version": 1, "name": "né",\n'
        '  "nodes": [\n    {"id": "x", "type": "Input", "params": {"shape": [3]}, "pos": [0, 0]},\n'
        '    {"id": "d", "type": "Dense", "params": {"units": 2}, "pos": [0, 0]}\n  ],\n'
        '  "wires": [\n    ["x.out", "d.in"]\n  ]\n}\n'
    )


def test_saving_and_loading(tmp_path: Path) -> None:
    graph = parse_graph(json.dumps(document()))
    save_graph(graph, tmp_path / "g.json")
    assert load_graph(tmp_path / "g.json") == graph


def test_a_bom_and_line_ends_do_not_matter() -> None:
    text = json.dumps(document(), indent=1).replace("\n", "\r\n")
    assert parse_graph(b"\xef\xbb\xbf" + text.encode()) == parse_graph(text)


def test_a_missing_file_names_the_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "digits.json").write_text("{}")
    with pytest.raises(FileError, match=r"there is no file .*digit\.json: did you mean 'digits\.json'\?"):
        load_graph(tmp_path / "digit.json")
    with pytest.raises(FileError, match="is a folder; expected a file"):
        load_graph(tmp_path)
    with pytest.raises(FileError, match="there is no folder"):
        load_graph(tmp_path / "no" / "g.json")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as handle:
        handle.truncate((64 << 20) + 1)
    with pytest.raises(FileError, match="more than 64 MB"):
        load_graph(path)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"\xff\xfe", "not UTF-8 text"),
        ("", "line 1, column 1: not JSON"),
        ("{", "not JSON"),
        ("[" * 200_000, "nested too deep"),
        ("[]", "not a graph document"),
        ('{"format": "netstudio/graph"}', "version should be an integer from 1 to 1, and it is missing"),
        ('{"version": 1}', "format should be 'netstudio/graph', and it is missing"),
        ({**HEAD, "version": 2, "nodes": "?"}, "newer NetStudio (format version 2; this one reads up to 1)"),
        ({**HEAD, "version": True}, "version should be an integer"),
        ('{"format": "netstudio/graph", "version": 1, "nodes": [], "name": NaN}', "NaN is no number that JSON has"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "1" * 5000 + "}", "has 5000 digits"),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"a": "\\ud800"}', "half a character"),
        (HEAD, "nodes: missing"),
        (document(nodes=[X, {**D, "frozen": 1}]), "d: nodes[1].frozen: input should be a valid boolean"),
        (
            document(nodes=[X, {**D, "learning_rate_factor": -0.5}]),
            "d: nodes[1].learning_rate_factor: input should be greater than or equal to 0",
        ),
        (document(nodes=[X, {**D, "parms": {}}]), "d: nodes[1].parms: unknown key: did you mean 'params'?"),
        (document(wire=[]), "wire: unknown key: did you mean 'wires'?"),
        (document(nodes=[X, {**D, "pos": [0]}]), "nodes[1].pos: list should have at least 2 items"),
        (document(nodes=[X, D, D]), "2 nodes have the id 'd'; give each its own"),
        (document(nodes=[X, D, {**D, "id": "2d"}]), "'2d' can't be a node's id: expected a letter"),
        (document(nodes=[X, {**D, "type": "Dens"}]), "d: unknown type 'Dens': did you mean 'Dense'?"),
        (
            document(nodes=[X, {**D, "params": {"units": 2, "unit": 3}}]),
            "d: Dense has no parameter 'unit': did you mean 'units'?",
        ),
        (document(nodes=[X, {**D, "params": {}}]), "d: Dense needs units: an integer of 1 or more"),
        (document(nodes=[X, {**D, "params": {"units": 0}}]), "d: units is 0; expected an integer of 1 or more"),
        (document(wires=[["x.out", "e.in"]]), "wire x.out → e.in: there is no node 'e'"),
        (document(wires=[["x.out", "d.input"]]), "d (Dense) has no input 'input'; it has in"),
        (document(wires=[["x", "d.in"]]), "wire x → d.in: 'x' is not of the form 'node.port'"),
        (document(wires=[["x.out", "d.in"]] * 2), "2 wires go into d.in, which takes one"),
        (document(wires=[["d.out", "d.in"]]), "the wires form a cycle, d → d; remove a wire of it"),
        (document(data={"sorce": "a.csv"}), "data: this block has no parameter 'sorce': did you mean 'source'?"),
        (document(data={"preprocess": {"x": "standardise"}}), "did you mean 'standardize'?"),
        (document(data={"validation_split": 1}), "validation_split is 1; expected a number, 0 or more and below 1"),
        (
            document(training={"optimizer": "Adma"}),
            "training: optimizer: unknown optimizer 'Adma': did you mean 'adam'?",
        ),
        (document(training={"epochs": 10**100}), "training: epochs is"),
    ],
)
def test_what_is_wrong_is_said(value: Any, words: str) -> None:
    assert words in only_problem(value)


def test_a_cycle_is_named_and_not_what_hangs_on_it() -> None:
    several = [X, *({**D, "id": i} for i in "abcd")]
    wires = [["a.out", "b.in"], ["b.out", "c.in"], ["c.out", "a.in"], ["c.out", "d.in"]]
    message = only_problem(document(nodes=several, wires=wires))
    loop = message.split(", ", 1)[1].split(";")[0].split(" → ")
    assert set(loop) == {"a", "b", "c"}
    assert loop[0] == loop[-1]


def test_every_problem_comes_at_once_and_says_where() -> None:
    value = document(
        nodes=[X, {**D, "params": {"units": -1, "use_bias": 3, "colour": 1}}, {**D, "id": "e", "type": "Nothing"}],
        wires=[["x.out", "q.in"], ["x.out", "d.nope"]],
        training={"epochs": 0, "batch_size": "many"},
    )
    with pytest.raises(DocumentError, match="g has 8 problems") as caught:
        parse_graph(json.dumps(value), "g")
    places = {(p.node, p.port, p.param) for p in caught.value.problems}
    assert places == {
        ("d", None, "units"),
        ("d", None, "use_bias"),
        ("d", None, "colour"),
        ("e", None, None),
        (None, "in", None),
        ("d", "nope", None),
        (None, None, "training.epochs"),
        (None, None, "training.batch_size"),
    }
    assert all(p.severity == "error" for p in caught.value.problems)


def test_a_hundred_problems_are_enough() -> None:
    value = document(nodes=[{"id": f"n{i}", "type": f"What{i}"} for i in range(5000)], wires=[])
    with pytest.raises(DocumentError, match="100 or more problems") as caught:
        parse_graph(json.dumps(value))
    assert len(caught.value.problems) == 100


def test_a_variadic_port_takes_the_same_wire_twice() -> None:
    value = document(nodes=[X, {"id": "a", "type": "Add"}], wires=[["x.out", "a.in"]] * 2)
    assert len(parse_graph(json.dumps(value)).wires) == 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def parsed_or_refused(text: str | bytes) -> None:
    try:
        graph = parse_graph(text)
    except NetStudioError:
        return
    assert parse_graph(dump_graph(graph)) == graph


@given(st.binary(max_size=200) | st.text(max_size=200))
@example(b"\xef\xbb\xbf")
@settings(deadline=None)
def test_any_bytes_give_a_graph_or_a_refusal(content: str | bytes) -> None:
    parsed_or_refused(content)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_any_value_anywhere_gives_a_graph_or_a_refusal(data: st.DataObject) -> None:
    value = document(data={"source": "a.csv", "bind": {"x": "a"}}, training={"metrics": ["accuracy"], "epochs": 1})
    value = json.loads(json.dumps(value))
    places = [(value, key) for key in value]
    places += [(value["nodes"][1], key) for key in ("id", "type", "params", "pos", "label", "frozen")]
    places += [(value["nodes"][1], "learning_rate_factor")]
    places += [(value["nodes"][1]["params"], key) for key in ("units", "activation", "kernel_regularizer")]
    places += [(value["data"], k) for k in ("source", "bind", "preprocess", "target", "validation_split")]
    places += [(value["training"], k) for k in ("optimizer", "metrics", "callbacks", "seed", "shuffle")]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(json_values)
    parsed_or_refused(json.dumps(value))


@pytest.mark.parametrize("depth", [100, 900, 5000])
def test_depth_is_no_crash(depth: int) -> None:
    inner = "[" * depth + "]" * depth
    for place in ('"name": {}', '"data": {{"source": {}}}', '"nodes": {}', '"training": {{"optimizer": {}}}'):
        body = place.format(inner) + ("" if "nodes" in place else ', "nodes": []')
        parsed_or_refused(f'{{"format": "netstudio/graph", "version": 1, {body}}}')
