"""Sampling: a value drawn from a normal distribution that the layers before it predict."""

from netstudio.errors import ShapeError
from netstudio.graph.node_type import Port
from netstudio.graph.params import Float
from netstudio.graph.tensor import TensorSpec
from netstudio.layers.base import Layer, require_float
from netstudio.ops import Ops, Value


class Sampling(Layer):
    """Draws from the normal distribution that its inputs describe: the middle of a variational autoencoder.

    y = mean + exp(log_var / 2) · e, with e fresh from the standard normal distribution at every step; outside of
    training y = mean. It adds to the loss kl_weight times the divergence from the standard normal distribution, the
    mean over the batch of sum(mean² + exp(log_var) - log_var - 1) / 2. Both inputs have the output's shape. Kingma and
    Welling, "Auto-Encoding Variational Bayes", 2013.
    """

    category = "core"
    icon = "dropout"
    keywords = ("vae", "variational", "reparameterisation", "reparameterization", "latent", "autoencoder", "kl")
    without = {
        "keras": "Keras's guides write it as a layer of one's own",
        "torch": "it is distributions.Normal.rsample there",
        "onnx": "an exported model predicts, and then y = mean",
    }
    inputs = (Port("mean", "The mean."), Port("log_var", "The logarithm of the variance."))

    kl_weight = Float(1.0, minimum=0.0, doc="How much the divergence counts in the loss; 0 leaves it out.")

    def caption(self) -> str:
        return f"KL × {self.kl_weight:g}"

    def infer(self, mean: TensorSpec, log_var: TensorSpec) -> TensorSpec:
        require_float(mean)
        if log_var != mean:
            raise ShapeError(
                f"the mean has the shape {mean.shape} and the logarithm of the variance {log_var.shape}; expected "
                "equal shapes: give the layers before them the same number of units",
                "log_var",
            )
        return mean

    def lower(self, ops: Ops, mean: Value, log_var: Value) -> Value:
        if self.kl_weight:
            divergence = ops.square(mean) + ops.elementwise("expm1", log_var) - log_var
            ops.add_loss(ops.sum(divergence) * (0.5 * self.kl_weight / mean.shape[0]))
        return mean + ops.exp(log_var * 0.5) * ops.random_normal(mean.shape) if ops.training else mean
