"""AdamW: Adam with weights that decay."""

from netstudio.graph.params import Float
from netstudio.optimizers.adam import Adam


class AdamW(Adam):
    """Adam with weights that shrink a little at every step.

    Before Adam's step, w -= w · weight_decay · learning_rate, for every weight that is trained. As
    keras.optimizers.AdamW; Loshchilov and Hutter, 2019.
    """

    aliases = ("adamw",)

    weight_decay = Float(
        0.004, minimum=0.0, optional=True, doc="How much weights shrink at each step, times the learning rate."
    )
