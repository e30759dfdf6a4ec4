"""Tables of vectors for whole numbers of any type."""

import torch
from torch import nn


class IndexEmbedding(nn.Embedding):
    """An embedding of numbers that are stored in a byte or two."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.long())
