"""Attention over sequences of shape (batch, time, features)."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class MultiHeadAttention(nn.Module):
    """Every step of the queries reads, in several heads, from the steps whose keys fit it best."""

    def __init__(
        self,
        features: int,
        heads: int,
        key_features: int = 0,
        value_features: int = 0,
        causal: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.features, self.heads, self.causal, self.dropout, self.bias = features, heads, causal, dropout, bias
        self.key_features = key_features or features
        self.value_features = value_features or self.key_features
        self.query = nn.Linear(features, features, bias)
        self.key = nn.Linear(self.key_features, features, bias)
        self.value = nn.Linear(self.value_features, features, bias)
        self.output = nn.Linear(features, features, bias)
        for projection in (self.query, self.key, self.value):
            nn.init.xavier_uniform_(projection.weight)

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor | None = None,
        value: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
    ) -> torch.Tensor:
        key = query if key is None else key
        value = key if value is None else value
        pairs = ((self.query, query), (self.key, key), (self.value, value))
        q, k, v = (project(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for project, x in pairs)
        mask = None if lengths is None else visible(lengths, query.size(1), key.size(1), self.causal)
        dropped = self.dropout if self.training else 0.0
        read = F.scaled_dot_product_attention(q, k, v, mask, dropped, is_causal=self.causal and mask is None)
        result: torch.Tensor = self.output(read.transpose(1, 2).flatten(2))
        return result


def visible(lengths: torch.Tensor, queries: int, keys: int, causal: bool) -> torch.Tensor:
    """Which keys each query may read, as (batch, 1, queries, keys): those within the length, and not in its future."""
    steps = torch.arange(keys, device=lengths.device)
    mask = (steps < lengths.long().clamp(min=1).unsqueeze(1)).unsqueeze(1).unsqueeze(1).expand(-1, 1, queries, -1)
    return mask & (steps <= torch.arange(queries, device=lengths.device).unsqueeze(1)) if causal else mask


class TransformerBlock(nn.Module):
    """Self-attention and a two-layer network for each step, each added to what came in, with layer norms."""

    def __init__(
        self,
        features: int,
        heads: int,
        feed_forward: int,
        causal: bool = False,
        dropout: float = 0.0,
        activation: str = "relu",
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        self.features, self.heads, self.feed_forward, self.causal = features, heads, feed_forward, causal
        self.dropout, self.activation, self.norm_first = dropout, activation, norm_first
        self.attention = MultiHeadAttention(features, heads, causal=causal, dropout=dropout)
        self.attention_norm = nn.LayerNorm(features)
        self.widen = nn.Linear(features, feed_forward)
        self.narrow = nn.Linear(feed_forward, features)
        self.feed_forward_norm = nn.LayerNorm(features)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        if self.norm_first:
            x = x + self.dropped(self.attention(self.attention_norm(x), lengths=lengths))
            return x + self.dropped(self.think(self.feed_forward_norm(x)))
        x = self.attention_norm(x + self.dropped(self.attention(x, lengths=lengths)))
        result: torch.Tensor = self.feed_forward_norm(x + self.dropped(self.think(x)))
        return result

    def think(self, x: torch.Tensor) -> torch.Tensor:
        """The network for each step."""
        x = F.gelu(self.widen(x)) if self.activation == "gelu" else F.relu(self.widen(x))
        result: torch.Tensor = self.narrow(self.dropped(x))
        return result

    def dropped(self, x: torch.Tensor) -> torch.Tensor:
        return F.dropout(x, self.dropout, self.training)


def add_waves(x: torch.Tensor) -> torch.Tensor:
    """Add sines and cosines of the step, with wavelengths from 2π to 10,000 · 2π, to (batch, time, features)."""
    features = x.size(2)
    rates = torch.exp(torch.arange(0, features, 2, device=x.device) * (-math.log(10000.0) / features))
    angles = torch.arange(x.size(1), device=x.device).unsqueeze(1) * rates
    return x + torch.stack((angles.sin(), angles.cos()), dim=2).flatten(1)[:, :features].to(x.dtype)


class PositionalEncoding(nn.Module):
    """Adds to every step of a sequence a vector that tells where it stands: waves, or learned for each place."""

    def __init__(self, features: int, longest: int = 0) -> None:
        super().__init__()
        self.features, self.longest = features, longest
        self.weight = nn.Parameter(0.02 * torch.randn(longest, features)) if longest else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return add_waves(x) if self.weight is None else x + self.weight[: x.size(1)]


class ClassToken(nn.Module):
    """Puts a learned vector before the first step of a sequence."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features
        self.weight = nn.Parameter(0.02 * torch.randn(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.weight.to(x.dtype).expand(x.size(0), 1, -1), x), dim=1)
