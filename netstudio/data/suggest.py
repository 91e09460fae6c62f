"""A "data" block for people who have none: roles, types, empty cells and scales from what the data look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netstudio.data.facts import ColumnFacts
from netstudio.data.labels import PART_OF_FOLDER
from netstudio.data.settings.audio import AudioSettings
from netstudio.data.settings.columns import CATEGORY, DATE, FEATURE, IGNORE, NUMBER, TARGET, TEXT, TIME
from netstudio.data.spectrogram import SOUND, seconds
from netstudio.graph.declared import Declared
from netstudio.graph.edits import plain as plain_value

if TYPE_CHECKING:
    from netstudio.data.describe import Description

HELD = 0.2  # the share of the samples that validates
MANY_EMPTY = 0.05  # of the cells: beyond it, that a cell is empty may tell something by itself
MOST_PLACES = 100  # more categories than this are hardly learnt one by one
SPARED = 3  # samples that each class needs for a split that keeps the classes' shares
SERIES = 50  # rows that a time series has at least
STEPS = 24  # rows of a window, where there are enough


def data_block(description: Description) -> dict[str, Any]:
    """See `Description.suggested`."""
    block: dict[str, Any] = {"source": description.source, "validation_split": HELD}
    columns = {c.name: column_block(c, description) for c in description.columns}
    if description.columns:
        block |= {"target": description.target, "columns": columns}
    time = _time_of(description)
    if time is not None:
        columns[time] = {"role": TIME}
        block["window"] = {"steps": min(STEPS, description.rows // 10)}
    said = {**block, **description.settings}
    if "columns" in block:
        own = description.settings.get("columns", {})
        said["columns"] = {name: {**made, **own.get(name, {})} for name, made in columns.items()}
    texts = [
        c
        for c in description.columns
        if c.role == FEATURE and said.get("columns", {}).get(c.name, {}).get("type") == TEXT
    ]
    if texts and "text" not in said:
        said["text"] = {"length": _length(texts)}
    sound = description.field(SOUND)
    if sound is not None:  # other sounds are to be made as long, be it to judge the model by them
        own = AudioSettings(**said.get("audio", {}))
        said["audio"] = {**said.get("audio", {}), "seconds": own.seconds or seconds(sound.shape[0], own)}
    counts = _class_counts(description)
    is_parted = description.field(PART_OF_FOLDER) is not None and not description.columns  # its folders are the parts
    if counts and min(counts) >= SPARED and "split" not in said and not said.get("window") and not is_parted:
        said["split"] = {"by": "stratified"}
    return said


def _time_of(description: Description) -> str | None:
    """The column of the times, where the rows are a series whose next quantity may be told from those before it."""
    asked = {"columns", "split"} & set(description.settings)
    if asked or description.rows < SERIES or description.target is None:
        return None
    if description.column(description.target).type != NUMBER or description.column(description.target).is_classes:
        return None
    rising = [c.name for c in description.columns if c.rising and c.role == FEATURE]
    return rising[0] if len(rising) == 1 else None


def column_block(column: ColumnFacts, description: Description) -> dict[str, Any]:
    """What is suggested for one column."""
    if column.role == TARGET:
        block: dict[str, Any] = {"role": TARGET}
        if column.missing:
            block["missing"] = "drop"
        if column.type == NUMBER and not column.is_classes:
            block["scale"] = "standardize"
        return block
    if column.role != FEATURE:
        return {"role": column.role}
    if _is_idle(column, description.rows):
        return {"role": IGNORE}
    return _feature_block(column, description.rows)


def _feature_block(column: ColumnFacts, rows: int) -> dict[str, Any]:
    block: dict[str, Any] = {"type": column.guess}
    if column.guess in (NUMBER, DATE):
        if column.missing:
            block["missing"] = "flag" if column.missing > MANY_EMPTY * rows else "median"
        flag_like = column.minimum is not None and column.minimum >= 0 and (column.maximum or 0) <= 1
        if not flag_like:
            block["scale"] = "standardize"
    elif column.guess == CATEGORY:
        block |= {"encode": "one_hot", "unseen": "unknown"}
        if column.missing:
            block["missing"] = "flag"
    elif column.missing:
        block |= {"missing": "constant", "fill": ""}
    return block


def _is_idle(column: ColumnFacts, rows: int) -> bool:
    """Whether nothing can be learnt from it: it can't be used, never varies, or is another for each row."""
    if (column.problem and not column.missing) or column.distinct <= 1:
        return True
    different = rows > 20 and column.distinct >= min(rows - column.missing, 100_000)
    if column.guess == CATEGORY:
        return different or column.distinct > max(MOST_PLACES, rows // 10)
    if not (different and column.whole):
        return False
    counts_rows = column.maximum is not None and column.minimum is not None and column.maximum - column.minimum < rows
    named = column.name.lower().strip("_ #").replace("_", " ").split()
    return counts_rows or "id" in named or column.name.lower() in ("index", "nr", "no", "")


def _class_counts(description: Description) -> tuple[int, ...]:
    if description.target is not None:
        column = description.column(description.target)
        return tuple(n for n in column.counts if n) if column.is_classes else ()
    label = description.field("label")
    return tuple(n for n in label.counts if n) if label is not None else ()


def _length(texts: list[ColumnFacts]) -> int:
    """Room for half as many words again as an average text has, in steps of 8."""
    words = max((c.length or 0) for c in texts) / 5.5
    return int(min(max(8, -(-1.5 * words // 8) * 8), 512))


def plain(value: Any) -> Any:
    """Settings in a document's form: objects with what is not their default."""
    if isinstance(value, Declared):
        own = {n: v for n, v in value.params.items() if v != value.declared[n].checked_default}
        return {n: plain(v) for n, v in own.items()}
    if isinstance(value, Mapping):
        return {n: plain(v) for n, v in value.items()}
    return plain_value(value)
