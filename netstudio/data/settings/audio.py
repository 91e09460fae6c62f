"""What a document may say of sounds."""

from __future__ import annotations

from typing import Final

from netstudio.graph.declared import Declared
from netstudio.graph.params import Choice, Float, Int

SCALES: Final = ("log", "power")


class AudioSettings(Declared):
    """How a sound becomes a spectrogram (frames, bands, 1): the power in each band of pitch as time goes on."""

    name = "audio"

    sample_rate = Int(
        16000, minimum=1000, maximum=192000, doc="Every sound is resampled to this many samples a second."
    )
    seconds = Float(
        None,
        above=0.0,
        maximum=600.0,
        doc="Every sound is cut, or filled with silence, to this length; left out, to that of the longest.",
    )
    window = Int(512, minimum=16, maximum=8192, doc="How many samples each frame looks at, under a Hann window.")
    hop = Int(256, minimum=1, maximum=8192, doc="How many samples further the next frame begins.")
    bands = Int(
        40,
        minimum=1,
        maximum=512,
        optional=True,
        doc="How many mel bands the frequencies are gathered in; null for all frequencies, evenly spaced.",
    )
    scale = Choice(
        SCALES, "log", doc='"log" for the natural logarithm of the power and 1e-6, as ears hear; or "power".'
    )
