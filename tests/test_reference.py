"""The reference: whole, and as the classes declare it now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from netstudio.catalogue import CATALOGUE
from netstudio.cli.app import app
from netstudio.optimizers import OPTIMIZERS
from netstudio.reference import FAMILIES, pages
from netstudio.resources import RESOURCES

PAGES = pages()
LINK = re.compile(r"\]\((\w+\.md)(?:#([\w-]+))?\)")


def test_the_reference_that_is_kept_is_as_the_classes_declare() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in (RESOURCES / "reference").glob("*.md")}
    changed = [name for name in {*PAGES, *kept} if PAGES.get(name) != kept.get(name)]
    assert not changed, f"{sorted(changed)}: run `python -m netstudio reference -o resources/reference`"


def test_everything_is_in_it() -> None:
    for node_type in CATALOGUE:
        page = PAGES[f"{node_type.category}.md"]
        assert f"\n## {node_type.name}\n" in page
        assert all(f"| `{name}` |" in page for name in node_type.declared)
    for name, (family, _) in FAMILIES.items():
        assert all(f"\n## {member.name}\n" in PAGES[f"{name}.md"] for member in family)
    assert "### data.split" in PAGES["settings.md"]


def test_an_entry() -> None:
    page = PAGES["core.md"]
    entry = page[page.index("## Dense") : page.index("## Embedding")]
    assert "Keras: `Dense` · PyTorch: `Linear` · ONNX: `Gemm`" in entry
    assert "| `units` | an integer of 1 or more | required | How many output features. |" in entry
    assert 'one of the [initializers](initializers.md) | `"glorot_uniform"`' in entry
    assert "or one of the [schedules](schedules.md)" in PAGES["optimizers.md"]
    assert PAGES["optimizers.md"].count("\n## ") == len(OPTIMIZERS.members)


@pytest.mark.parametrize("name", list(PAGES))
def test_links_lead_somewhere_and_tables_are_even(name: str) -> None:
    for page, place in LINK.findall(PAGES[name]):
        headings = {h.lower() for h in re.findall(r"^#+ (\w+)$", PAGES[page], re.MULTILINE)}
        assert not place or place in headings, f"{page}#{place}"
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGES[name], re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_the_command_writes_it(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["reference", "-o", str(tmp_path / "made" / "here")])
    assert made.exit_code == 0, made.output
    assert {p.name: p.read_text(encoding="utf-8") for p in (tmp_path / "made" / "here").iterdir()} == PAGES
    (tmp_path / "file").write_text("")
    assert CliRunner().invoke(app, ["reference", "-o", str(tmp_path / "file" / "x")]).exit_code == 1
