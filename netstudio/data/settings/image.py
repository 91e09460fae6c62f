"""What a document may say of images."""

from __future__ import annotations

from typing import Final

from netstudio.graph.declared import Declared
from netstudio.graph.params import Choice, Int, Ints, Text

STRETCH, CROP, PAD = "stretch", "crop", "pad"
FITS: Final = (STRETCH, CROP, PAD)


class ImageSettings(Declared):
    """What images are made into, so that all have one size and as many channels."""

    name = "image"

    size = Ints(
        2,
        None,
        doc="The height and width that every image is scaled to; left out, all must have one size as they are.",
        axes=("height", "width"),
    )
    channels = Int(
        None,
        minimum=1,
        maximum=4,
        doc="1 for grey, 3 for colour, 4 for colour with transparency; left out, grey where all images are.",
    )
    fit = Choice(
        FITS,
        STRETCH,
        doc="How an image of another shape comes to the size: stretched to it, its middle cropped, or padded with "
        "black.",
    )
    file_column = Text(
        None,
        doc='The column of a table that names image files, from the table\'s folder; they become the field "image".',
    )
