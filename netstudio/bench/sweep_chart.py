"""The sweep's curves as a picture, drawn large and scaled down, so that lines are smooth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from netstudio.resources import colours

FINE = 3  # pixels drawn for one that is kept
WIDTH, HEIGHT = 1200, 640
LEFT, TOP, RIGHT, BOTTOM = 72, 88, 32, 64  # margins
TEXT, HEADING = 15, 20  # sizes of type
CATEGORIES = ("core", "loss", "convolution", "recurrent")  # whose colours the curves take


def draw(curves: Mapping[str, Sequence[float]], peak: float) -> Image.Image:
    """The curves (GFLOP/s for the sizes 1, 2, 3, ...) under a line at `peak`."""
    chart = _Chart(max(map(len, curves.values())), peak)
    chart.axes()
    palette = [colours()["categories"][name] for name in CATEGORIES]
    for number, (name, speeds) in enumerate(curves.items()):
        chart.curve(speeds, palette[number % len(palette)])
        chart.key(number, name, palette[number % len(palette)])
    return chart.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


class _Chart:
    def __init__(self, longest: int, peak: float) -> None:
        self.longest, self.peak, self.look = longest, peak, colours()["light"]
        self.image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), self.look["canvas"])
        self.pen = ImageDraw.Draw(self.image)

    def place(self, size: float, speed: float) -> tuple[float, float]:
        across, up = size / self.longest, speed / (1.05 * self.peak)
        x = LEFT + across * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)
        return x * FINE, y * FINE

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        self.pen.line(points, fill=colour, width=round(width * FINE), joint="curve")

    def text(self, place: tuple[float, float], text: str, colour: str, anchor: str, size: int = TEXT) -> None:
        font = ImageFont.load_default(size * FINE)
        self.pen.text(place, text, fill=self.look[colour], font=font, anchor=anchor)

    def axes(self) -> None:
        """Title, a grid with figures, and the peak."""
        self.text((LEFT * FINE, 28 * FINE), "Matrix product, one thread, float32", "text", "lm", HEADING)
        for speed in range(0, int(1.05 * self.peak) + 1, 20):
            self.line([self.place(0, speed), self.place(self.longest, speed)], self.look["grid"], 1)
            x, y = self.place(0, speed)
            self.text((x - 8 * FINE, y), f"{speed}", "muted", "rm")
        for size in range(0, self.longest + 1, 16):
            self.line([self.place(size, 0), self.place(size, 1.05 * self.peak)], self.look["grid"], 1)
            x, y = self.place(size, 0)
            self.text((x, y + 8 * FINE), f"{size}", "muted", "mt")
        self.text((WIDTH * FINE / 2, (HEIGHT - 14) * FINE), "size of the axis that grows", "muted", "mm")
        self.text((LEFT * FINE, (TOP - 10) * FINE), "GFLOP/s", "muted", "rb")
        self.line([self.place(0, self.peak), self.place(self.longest, self.peak)], self.look["muted"], 1.5)
        x, y = self.place(self.longest, self.peak)
        self.text((x - 4 * FINE, y + 4 * FINE), f"peak {self.peak:.0f}", "muted", "rt")

    def curve(self, speeds: Sequence[float], colour: str) -> None:
        self.line([self.place(size, speed) for size, speed in enumerate(speeds, 1)], colour, 2)

    def key(self, number: int, name: str, colour: str) -> None:
        """What a colour stands for, beside the others in a row above the chart."""
        x, y = (LEFT + 20 + number * 240) * FINE, 60 * FINE
        self.line([(x, y), (x + 28 * FINE, y)], colour, 3)
        self.text((x + 38 * FINE, y), name, "text", "lm")
