"""The sets of small grey pictures that the world shares as IDX files: what is in them and where they lie."""

from __future__ import annotations

from typing import NamedTuple

from backend.data.registry import Known
from backend.data.remote import Remote

DIGITS = tuple("0123456789")
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
HIRAGANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


class Public(NamedTuple):
    """A set that the world shares: what it is called and made of, where it lies and what is in its files."""

    known: Known
    shape: tuple[int, ...]
    names: tuple[str, ...]
    bases: tuple[str, ...]
    files: tuple[Remote, ...]


def _public(known: Known, names: tuple[str, ...], bases: tuple[str, ...], sizes: tuple[int, ...],
            sums: tuple[str, ...], as_sent: bool = False) -> Public:  # fmt: skip
    """``sizes`` are those of the gzipped files, ``sums`` the SHA-256 of what is in them, or of the files as sent."""
    stems = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    unpacked = (0,) * 4 if as_sent else (47_040_016, 60_008, 7_840_016, 10_008)
    files = tuple(Remote(f"{stem}-ubyte.gz", *rest) for stem, rest in zip(stems, zip(sizes, unpacked, sums)))
    return Public(known, (1, 28, 28), names, bases, files)


MNIST = _public(
    Known(
        "mnist", "MNIST", "Handwritten digits, 28×28 pixels, grey: the classic.", "Pictures", 70_000, "CC BY-SA 3.0",
        "Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits, 1998", 11_594_722,
    ),
    DIGITS,
    ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"),
    (9_912_422, 28_881, 1_648_877, 4_542),
    (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)  # fmt: skip
FASHION_MNIST = _public(
    Known(
        "fashion-mnist", "Fashion-MNIST", "Pieces of clothing in ten kinds, 28×28 pixels, grey; harder than digits.",
        "Pictures", 70_000, "MIT",
        "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning "
        "Algorithms, 2017", 30_878_645,
    ),
    CLOTHES,
    (
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    ),
    (26_421_880, 29_515, 4_422_102, 5_148),
    (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
)  # fmt: skip
KMNIST = _public(
    Known(
        "kmnist", "Kuzushiji-MNIST", "Cursive Japanese characters of ten kinds from old books, 28×28 pixels, grey.",
        "Pictures", 70_000, "CC BY-SA 4.0",
        "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, Deep Learning for Classical "
        "Japanese Literature, 2018", 21_240_888,
    ),
    HIRAGANA,
    ("http://codh.rois.ac.jp/kmnist/dataset/kmnist", "https://codh.rois.ac.jp/kmnist/dataset/kmnist"),
    (18_165_135, 29_497, 3_041_136, 5_120),
    (
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    ),
    as_sent=True,
)  # fmt: skip
PUBLIC = {public.known.name: public for public in (MNIST, FASHION_MNIST, KMNIST)}
