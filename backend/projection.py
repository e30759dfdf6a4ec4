"""Many numbers as two: the plane of principal components, worked out in pieces."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np

SMALL = 1024  # numbers or examples up to which the components are worked out exactly
PIECE = 1 << 18  # numbers at once
SPARE = 8  # directions that are followed beside the two, so that these are found sooner
ROUNDS, CLOSE = 60, 1e-7  # at most; and how little the two directions turn in the last

Pieces = Generator[None, None, "Plane"]


class Plane(NamedTuple):
    """A plane in the space of codes.

    centre: (size,); directions: (2, size), at right angles, of length 1; shares: of the variance, by direction
    """

    centre: np.ndarray
    directions: np.ndarray
    shares: tuple[float, float] = (0.0, 0.0)

    def places(self, codes: np.ndarray) -> np.ndarray:
        """Where codes, (examples, size), lie in it: (examples, 2)."""
        flat: np.ndarray = ((codes - self.centre) @ self.directions.T).astype(np.float32)
        return flat


def principal(codes: np.ndarray) -> Pieces:
    """The plane through the mean of codes, (examples, size), in which they differ most (Pearson 1901).

    Exact where either number is small, else by block power iteration from a fixed start (Halko and others 2011,
    https://arxiv.org/abs/0909.4061). The number of a direction with the greatest size is positive, so that the plane
    does not turn over from one time to the next.
    """
    examples, size = codes.shape
    centre = codes.mean(axis=0, dtype=np.float64)
    yield
    if min(size, examples) > SMALL:
        directions, variances = yield from _by_power(codes, centre)
    elif size <= examples:
        directions, variances = yield from _by_covariance(codes, centre)
    else:
        directions, variances = _by_products(codes, centre)
    total = yield from _variance(codes, centre)
    made = np.zeros((2, size))
    made[: len(directions)] = directions
    largest = np.abs(made).argmax(axis=1)
    made *= np.where(made[[0, 1], largest] < 0, -1.0, 1.0)[:, None]
    shares = [float(value) / total if total else 0.0 for value in variances[:2]] + [0.0, 0.0]
    return Plane(centre.astype(np.float32), made.astype(np.float32), (shares[0], shares[1]))


def plain(codes: np.ndarray, axes: tuple[int, int]) -> Plane:
    """The plane of two numbers of the codes as they are; the others stand at their mean."""
    size = codes.shape[1]
    first, second = (min(max(axis, 0), size - 1) for axis in axes)
    centre = codes.mean(axis=0, dtype=np.float64).astype(np.float32)
    directions = np.zeros((2, size), np.float32)
    directions[0, first] = 1.0
    if size > 1:
        directions[1, second] = 1.0
    centre[[first, second]] = 0.0
    return Plane(centre, directions)


def _by_covariance(codes: np.ndarray, centre: np.ndarray) -> Generator[None, None, tuple[np.ndarray, np.ndarray]]:
    covariance = np.zeros((codes.shape[1],) * 2)
    for part in _parts(codes, centre):
        covariance += part.T @ part
        yield
    values, vectors = np.linalg.eigh(covariance)
    return vectors.T[::-1][:2], values[::-1][:2]


def _by_products(codes: np.ndarray, centre: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the products of examples with each other, of which there are fewer than of numbers."""
    part = codes - centre
    values, vectors = np.linalg.eigh(part @ part.T)
    values, vectors = values[::-1][:2], vectors.T[::-1][:2]
    directions = vectors @ part
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    return directions / np.where(lengths > 0, lengths, 1.0), values


def _by_power(codes: np.ndarray, centre: np.ndarray) -> Generator[None, None, tuple[np.ndarray, np.ndarray]]:
    block = np.random.default_rng(0).standard_normal((codes.shape[1], 2 + SPARE))
    block, values = np.linalg.qr(block)[0], np.zeros(2 + SPARE)
    for _ in range(ROUNDS):
        product = np.zeros_like(block)
        for part in _parts(codes, centre):
            product += part.T @ (part @ block)
            yield
        values, turn = np.linalg.eigh(block.T @ product)
        ordered = (block @ turn)[:, ::-1]
        block, before = np.linalg.qr(product @ turn[:, ::-1])[0], ordered[:, :2]
        if np.linalg.norm(before - block[:, :2] @ (block[:, :2].T @ before)) < CLOSE:
            break
    return block.T[:2], values[::-1][:2]


def _parts(codes: np.ndarray, centre: np.ndarray) -> Iterator[np.ndarray]:
    """A few codes at a time, from their centre."""
    rows = max(1, PIECE // codes.shape[1])
    return (codes[start : start + rows] - centre for start in range(0, len(codes), rows))


def _variance(codes: np.ndarray, centre: np.ndarray) -> Generator[None, None, float]:
    total = 0.0
    for part in _parts(codes, centre):
        total += float(np.square(part).sum())
        yield
    return total
