"""Where values come from: data sets and noise."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import AS_RETURNED, Source, layer
from graph.lazy import torch
from graph.specs import Count, DataName, Share, TensorSpec, Whole


@layer(kind="source", search="dataset source input images table mnist digits csv", outputs=AS_RETURNED)
def data(fields, source: DataName = "digits", scaling: Literal["0 to 1", "standard", "none"] = "0 to 1",
         validation: Share = 0.1, test: Share = 0.2, examples: Whole = 0):  # fmt: skip
    """A data set: one port for every field, such as image and label.

    The examples are shuffled with the run's seed and split; classes keep their shares in every part.

    source: a known data set or a file
    scaling: "0 to 1" and "standard" (mean 0, deviation 1) are fitted on the training part only
    validation: share of the training examples kept aside to watch the training
    test: share of all examples kept for the final test, where the data has no test part of its own
    examples: use only so many examples; 0 uses all
    """
    return Source(fields(source))


@layer(kind="source", search="random latent gaussian uniform generator input", outputs="noise")
def noise(size: Count = 64, distribution: Literal["normal", "uniform"] = "normal"):
    """Random vectors, new ones in every batch.

    size: how many numbers a vector has
    distribution: "normal" has mean 0 and deviation 1; "uniform" lies between -1 and 1
    """

    def draw(batch_size, generator, device):
        if distribution == "normal":
            return {"noise": torch.randn(batch_size, size, generator=generator, device=device)}
        return {"noise": torch.rand(batch_size, size, generator=generator, device=device) * 2 - 1}

    return Source({"noise": TensorSpec((size,))}, draw)
