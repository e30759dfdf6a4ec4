"""Texts that can be asked for by name."""

from __future__ import annotations

from backend.data.public_files import PublicFiles
from backend.data.registry import Known
from backend.data.remote import Remote
from backend.data.texts_generated import DATES, SENTENCES

_RAW = "https://raw.githubusercontent.com"
PUBLIC = {
    "tiny-shakespeare": PublicFiles(
        Known(
            "tiny-shakespeare", "Tiny Shakespeare", "A million characters from Shakespeare’s plays, to learn to write "
            "like him.", "Texts", 1_115_394, "public domain",
            "A. Karpathy, The Unreasonable Effectiveness of Recurrent Neural Networks, 2015", 1_115_394,
        ),
        (),
        (f"{_RAW}/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare",),
        (Remote("input.txt", 1_115_394, 0, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"),),
    ),
    "movie-reviews": PublicFiles(
        Known(
            "movie-reviews", "Movie-review sentences", "Sentences from reviews of films, half of them kind and half "
            "not.", "Texts", 10_662, "CC BY 4.0",
            "B. Pang and L. Lee, Seeing stars: Exploiting class relationships for sentiment categorization, 2005",
            1_238_907,
        ),
        ("sentiment_rt_polarity", "rt-polaritydata"),
        (f"{_RAW}/dennybritz/cnn-text-classification-tf/18762b459e21d9c70e5c242f8d43fc4e6db37a0d/data/rt-polaritydata",),
        (
            Remote("rt-polarity.neg", 612_506, 0, "2d11cfbc790f1cd96d78339f41ce53ced1efa83cd22d37d6788fa3fe3d17e2fd"),
            Remote("rt-polarity.pos", 626_395, 0, "4134882974a28d0c7b5151256f0e33a6169984ee7372c279e673f1114f475d58"),
        ),
    ),
    "english-french": PublicFiles(
        Known(
            "english-french", "English and French", "Short English sentences with their French translations.",
            "Texts", 5000, "CC BY 2.0 FR", "Tatoeba, tatoeba.org, packed by manythings.org", 562_864,
        ),
        ("translation_eng_fra",),
        (f"{_RAW}/NJUxlj/seq2seq-attention-translation/b20755b1c81f2d82526ab967dbc8ec6465f22f14/data",),
        (Remote("eng-fra.txt", 562_864, 0, "d952b56a181da5270b7bb4ded3f3bbe61e67a9b1de0e0fbc1d46438c71fb55a7"),),
    ),
}  # fmt: skip
# How long the texts of a set are, and how many different tokens they have: in words, words in small letters, and the
# same in characters. By default shares, which is what a design reckons with until the files are there.
SIZES = {
    ("tiny-shakespeare", "text"): ((64, 11_952), (64, 10_408), (64, 65), (64, 39)),
    ("movie-reviews", "text"): ((61, 16_279), (61, 16_278), (261, 85), (261, 83)),
    ("english-french", "text"): ((6, 1131), (6, 1018), (13, 65), (13, 42)),
    ("english-french", "target"): ((12, 2195), (12, 2029), (58, 85), (58, 58)),
}
MADE = (
    Known("dates", "Dates", "Dates as people write them, and as ISO 8601 does: the classic of translation letter by "
          "letter.", "Texts", DATES),
    Known("grammar", "A small grammar", "Made-up sentences with the kind of every word; some words are of two kinds.",
          "Texts", SENTENCES),
)  # fmt: skip
