"""The command `netstudio`: every command by name."""

from __future__ import annotations

from typing import Annotated

import typer

from netstudio import __version__
from netstudio.cli import (
    bench,
    check,
    crossvalidate,
    data,
    evaluate,
    export,
    gui,
    import_,
    layers,
    predict,
    reference,
    render,
    train,
)
from netstudio.cli.guard import guarded

app = typer.Typer(
    name="netstudio",
    help="Wire a neural network, train it, take the model away. Without a command: open the desktop app.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (check.check, train.train, evaluate.evaluate, predict.predict, export.export, render.render):
    app.command()(guarded(command))
app.command("import")(guarded(import_.import_))
app.command()(guarded(crossvalidate.crossvalidate))
app.command()(guarded(data.data))
app.command()(guarded(layers.layers))
app.command()(guarded(reference.reference))
app.command()(guarded(bench.bench))
app.command()(guarded(gui.gui, signals=False))


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False,
) -> None:
    """Wire a neural network, train it, take the model away. Without a command: open the desktop app."""
    if context.invoked_subcommand is None:
        guarded(gui.gui, signals=False)(None)
