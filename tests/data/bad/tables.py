"""Tables that can't be used, as the bytes of t.csv, and the words that say why; and those that can after all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class BadTable(NamedTuple):
    """What t.csv holds, what the document says of its data, and what the message must say."""

    content: bytes
    words: tuple[str, ...]
    data: Mapping[str, Any] = {}


class OddTable(NamedTuple):
    """A table that is unusual and can be read: what its features and classes are."""

    content: bytes
    features: list[list[float]]
    classes: tuple[str, ...] = ("x", "y")
    data: Mapping[str, Any] = {}


ROWS = "1,2,x\n3,4,y\n" * 4
GOOD = f"a,b,kind\n{ROWS}"
ENGLISH = [[1.0, 2.0], [3.0, 4.0]] * 4


def with_row(row: str, head: str = "a,b,kind", rows: str = ROWS) -> bytes:
    """A good table with `row` as line 10, in the middle."""
    return f"{head}\n{rows}{row}\n{rows}".encode()


LINE = "t.csv"
BAD: dict[str, BadTable] = {
    "nothing in it": BadTable(b"", ("is empty; expected a line of column names",)),
    "blank lines alone": BadTable(b"\n\r\n\n", ("is empty; expected a line of column names",)),
    "header only": BadTable(b"a,b,kind\n", ("has no rows below the column names",)),
    "a byte of 0": BadTable(with_row("1,\0,x"), ("holds bytes of 0", "it is no text")),
    "a byte of 0 far down": BadTable(with_row("1,\0,x", rows=ROWS * 6000), ("line 48002 holds a byte of 0",)),
    "a picture named csv": BadTable(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(300), ("holds bytes of 0", "export it")),
    "a row too long": BadTable(with_row("1,2,x,9"), ("line 10 has 4 cells and the first 3",)),
    "a row too short": BadTable(with_row("1,2"), ("line 10 has 2 cells and the first 3",)),
    "all rows longer than the header": BadTable(b"a,b\n1,2,3\n4,5,6\n", ("line 2 has 3 cells and the first 2",)),
    "an unclosed quote": BadTable(with_row('1,2,"x'), ("line 10: a quote", "never closed")),
    "an unclosed quote at the end": BadTable(f'{GOOD}1,2,"x'.encode(), ("line 10: a quote", "never closed")),
    "an unclosed quote above other quotes": BadTable(
        with_row('1,2,"x', rows='1,2,"x"\n3,4,"y"\n' * 4), ("line 10: a quote", "never closed")
    ),
    "a quote within a cell": BadTable(with_row('1,2,5" disk'), ("line 10: a quote stands within a cell", '5" disk')),
    "200 KB where a number should be": BadTable(with_row(f"1,{'9x' * 100_000},x"), ("line 10, column 'b' is '9x9x",)),
    "200 KB of digits": BadTable(with_row(f"1,{'9' * 200_000},x"), ("line 10, column 'b'", "finite")),
    "one line without an end": BadTable(b"a" * 3_000_000, ("has no rows below the column names",)),
    "UTF-8 that breaks off": BadTable("a,b,kind\n1,2,é\n".encode() + b"3,4,\xe9\n", ("byte 20 is none; save",)),
    "an encoding that is not the one said": BadTable(
        with_row("1,2,\xfc"), ("is not utf-16 text", '"encoding"'), {"read": {"encoding": "utf-16"}}
    ),
    "underscores in all numbers": BadTable(
        b"a,b,kind\n1_000,2,x\n2_000,3,y\n", ("line 2, column 'a' is '1_000' in a column of numbers", '"category"')
    ),
    "Arabic digits alone": BadTable(
        "a,b,kind\n١٢,2,x\n٣٤,3,y\n".encode(), ("line 2, column 'a' is '١٢' in a column of numbers",)
    ),
    "percentages": BadTable(b"a,b,kind\n12 %,2,x\n34.5 %,3,y\n", ("line 2, column 'a' is '12 %' in a column",)),
    "underscores in numbers": BadTable(with_row("1_000,2,x"), ("line 10, column 'a' is '1_000' in a column of numb",)),
    "a comma in a number": BadTable(with_row('"1,5",2,x'), ("line 10, column 'a' is '1,5' in a column of numbers",)),
    "decimals after both": BadTable(
        b"a;b;kind\n1,5;2;x\n2,5;3;y\n1.5;3;x\n", ("line 2, column 'a' is '1,5' in a column of numbers",)
    ),
    "thousands or decimals": BadTable(
        b"a;b;kind\n1,500;2;x\n2,500;3;y\n", ("'1,500' may mean 1500 or 1.500", '"decimal"', '"." or ","')
    ),
    "a point where decimals follow a comma": BadTable(
        b"a;b;kind\n1,5;2;x\n1.500;3;y\n", ("line 3, column 'a' is '1.500' in a column",), {"read": {"decimal": ","}}
    ),
    "the comma for two things": BadTable(
        GOOD.encode(), ("the comma can't be both", '"decimal"'), {"read": {"delimiter": ",", "decimal": ","}}
    ),
    "Arabic digits": BadTable(with_row("١٢,2,x"), ("line 10, column 'a' is '١٢' in a column of numbers",)),
    "wide digits": BadTable(with_row("１２,2,x"), ("line 10, column 'a' is '１２' in a column of numbers",)),
    "a minus that is none": BadTable(with_row("−5,2,x"), ("line 10, column 'a' is '−5' in a column of numbers",)),
    "hexadecimal": BadTable(with_row("0x1F,2,x"), ("line 10, column 'a' is '0x1F' in a column of numbers",)),
    "nan": BadTable(with_row("nan,2,x"), ("line 10, column 'a' is nan; expected a finite number", '"missing"')),
    "infinity": BadTable(with_row("inf,2,x"), ("line 10, column 'a' is inf; expected a finite number",)),
    "minus infinity, spelled out": BadTable(with_row("1,-Infinity,x"), ("line 10, column 'b' is -inf; expected",)),
    "too large a number": BadTable(with_row("1e400,2,x"), ("line 10, column 'a' is inf; expected a finite number",)),
    "larger than 32 bits take": BadTable(with_row("1e39,2,x"), ("line 10, column 'a' is 1e+39; expected a finite",)),
    "a date among numbers": BadTable(with_row("2026-11-22,2,x"), ("line 10, column 'a' is '2026-11-22' in a column",)),
    "an empty cell": BadTable(with_row("1,,x"), ("line 10, column 'b' is empty", '{"b": {"missing": "mean"}}')),
    "an empty class": BadTable(with_row("1,2,"), ("line 10, column 'kind' is empty", '{"missing": "drop"}')),
    "a question mark": BadTable(with_row("?,2,x"), ("line 10, column 'a' is '?', which counts as empty",)),
    "a column of nothing": BadTable(b"a,b,kind\n,1,x\n,2,y\n", ("line 2, column 'a' is empty",)),
    "no header, perhaps": BadTable(b"2019,2020,kind\n1,2,x\n3,4,y\n", ("the first line may hold names", '"header"')),
    "counted columns": BadTable(b"0,1,2\n5,6,0\n7,8,1\n", ("the first line may hold names", '"header" in "read"')),
    "two columns of one name": BadTable(b"a,a,kind\n1,2,x\n3,4,y\n", ("two columns are named 'a'; give each its own",)),
    "one class": BadTable(b"a,b,kind\n" + b"1,2,x\n" * 9, ("every sample has the same class ('x')",)),
    "more classes than the model tells apart": BadTable(
        b"a,b,kind\n" + b"".join(b"1,2,k%d\n" % i for i in range(9)), ("takes 0 to 1", "tells apart")
    ),
    "a target that is not there": BadTable(
        GOOD.encode(), ("no column 'kid'", "did you mean 'kind'"), {"target": "kid"}
    ),
    "only the column that is predicted": BadTable(b"kind\nx\ny\nx\ny\n", ("has nothing for the Input 'x'",)),
    "one column too many": BadTable(b"a,b,c,kind\n1,2,3,x\n3,4,5,y\n", ("has the shape (3,)", "takes (2,)", "[3]")),
}
ODD: dict[str, OddTable] = {
    "a byte order mark": OddTable(b"\xef\xbb\xbf" + GOOD.encode(), ENGLISH),
    "UTF-16": OddTable(GOOD.replace("x", "é").encode("utf-16"), ENGLISH, ("y", "é")),
    "UTF-16 without a mark": OddTable(GOOD.encode("utf-16-le"), ENGLISH),
    "UTF-32": OddTable(GOOD.encode("utf-32"), ENGLISH),
    "Latin-1": OddTable(GOOD.replace("x", "é").encode("latin-1"), ENGLISH, ("y", "é")),
    "Windows-1252": OddTable(GOOD.replace("x", "€").encode("cp1252"), ENGLISH, ("y", "€")),
    "an encoding that is said": OddTable(
        GOOD.replace("x", "ж").encode("koi8-r"), ENGLISH, ("y", "ж"), {"read": {"encoding": "koi8-r"}}
    ),
    "decimals after commas": OddTable(b"a;b;kind\n1,5;-2;x\n2,25;3e2;y\n", [[1.5, -2], [2.25, 300]]),
    "thousands that are told": OddTable(
        b"a;b;kind\n1,500;2;x\n2,500;3;y\n", [[1.5, 2], [2.5, 3]], data={"read": {"decimal": ","}}
    ),
    "tabs": OddTable(GOOD.replace(",", "\t").encode(), ENGLISH),
    "bars and returns": OddTable(GOOD.replace(",", "|").replace("\n", "\r\n").encode(), ENGLISH),
    "line ends of old Macs": OddTable(GOOD.replace("\n", "\r").encode(), ENGLISH),
    "a delimiter that is said": OddTable(GOOD.replace(",", "~").encode(), ENGLISH, data={"read": {"delimiter": "~"}}),
    "spaces around": OddTable(b'"a", "b", "kind"\n1, 2, "x"\n3 , 4,"y" \n', [[1, 2], [3, 4]]),
    "blank lines": OddTable(b"\n\na,b,kind\n\n1,2,x\n\r\n3,4,y\n\n\n", [[1, 2], [3, 4]]),
    "no end of the last line": OddTable(b"a,b,kind\n1,2,x\n3,4,y", [[1, 2], [3, 4]]),
    "no header": OddTable(b"5.1,3.5,x\n4.9,3.0,y\n4.7,3.2,x\n", [[5.1, 3.5], [4.9, 3.0], [4.7, 3.2]]),
    "counted columns that are told": OddTable(
        b"0,1,kind\n5,6,x\n7,8,y\n", [[5, 6], [7, 8]], data={"read": {"header": True}}
    ),
    "quotes, delimiters and line ends in cells": OddTable(
        b'a,b,kind\n1,2,"x, ""y""\nz"\n3,4,y\n', [[1, 2], [3, 4]], ('x, "y"\nz', "y")
    ),
    "a cell of 200 KB": OddTable(
        f"a,b,kind\n1,2,{'x' * 200_000}\n3,4,y\n".encode(), [[1, 2], [3, 4]], ("x" * 200_000, "y")
    ),
    "small and large numbers": OddTable(b"a,b,kind\n1e-40,-0,x\n3.4e38,+.5,y\n", [[1e-40, 0], [3.4e38, 0.5]]),
}
