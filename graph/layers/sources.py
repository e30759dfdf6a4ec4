"""Where values come from: data sets, noise and other random numbers, constants."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import AS_RETURNED, Source, layer
from graph.lazy import torch
from graph.problems import DataError
from graph.series import Asked as Windows
from graph.series import fields_of as windows_of
from graph.specs import Border, Count, DataName, Matrix, Names, Number, Share, TensorSpec, Whole
from graph.subsets import Balance, Keep, reduced
from graph.tables import GIVEN, Asked, Blanks, Categories, Task, fields_of, is_table
from graph.texts import Asked as Texts
from graph.texts import Reading, Tokens, is_text, question
from graph.typed import rows_of, shape_of

COIN, ALIKE = [0.0, 1.0], list[float]()
XOR, XOR_ANSWERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1.0], [1.0], [0.0]]


@layer(kind="source", search="dataset source input images table mnist digits csv", outputs=AS_RETURNED)
def data(fields, source: DataName = "digits", scaling: Literal["0 to 1", "standard", "none"] = "0 to 1",
         validation: Share = 0.1, test: Share = 0.2, examples: Whole = 0, classes: str = "", per_class: Whole = 0,
         balance: Balance = "none", fold: str = "", size: Border = 0, keep: Keep = "auto"):  # fmt: skip
    """A data set: one port for every field, such as image and label.

    The examples are shuffled with the run's seed and split; classes keep their shares in every part. Where only some
    classes are used, they are numbered anew from 0 in their old order, and keep their names.

    source: a known data set or a file
    scaling: "0 to 1" and "standard" (mean 0, deviation 1) are fitted on the training part only
    validation: share of the training examples kept aside to watch the training
    test: share of all examples kept for the final test, where the data has no test part of its own
    examples: use only so many examples; 0 uses all
    classes: use only these classes, by name or number, such as “0-4, 7” or “cat, dog”; empty uses all
    per_class: train on at most so many examples of a class; 0 on all
    balance: rare classes in training; "repeat" shows their examples as often as those of the commonest, "fewer" leaves
      out of the others
    fold: for cross-validation, which of how many equal parts is the test, such as 2/5; a test part of the data's own is
      then not touched
    size: side that pictures are cropped and resized to; 0 takes their own, or 64 px where they differ
    keep: where the examples are held; "auto" takes the memory while they fill less than half of what is free, else the
      disk, from which every batch is read while the one before it is learned from
    """
    found = fields(source)
    if is_text(found):
        raise DataError(f"“{source}” is text: put a “text” node in the place of this one, which makes tokens of it.")
    if is_table(found):
        raise DataError(f"“{source}” is a table: put a “table” node in the place of this one, which knows columns, or "
                        "a “series” node where it is read over time.")  # fmt: skip
    return Source(reduced(found, classes, size))


@layer(kind="source", search="dataset source csv tsv spreadsheet columns rows excel tabular features target churn",
       outputs=AS_RETURNED)  # fmt: skip
def table(fields, source: DataName = "bank-churn", target: str = "", task: Task = "auto", drop: Names = "",
          as_numbers: Names = "", as_categories: Names = "", categories: Categories = "one-hot",
          blanks: Blanks = "median", scaling: Literal["standard", "0 to 1", "none"] = "standard",
          balance: Balance = "none", validation: Share = 0.1, test: Share = 0.2, group: str = "", time: str = "",
          fold: str = "", examples: Whole = 0):  # fmt: skip
    """A table (CSV or TSV): its columns as features, and the one that is to be predicted as the target.

    Numbers are scaled, categories spread out, blanks filled, all by what the training rows alone say, and what is
    predicted later goes through the same steps. Columns that only name their row, texts and columns that never change
    are left out. Rows without a target are left out too.

    source: a file, or a known table
    target: the column to predict; empty takes the one that most looks like it
    task: what the target is; "auto" takes texts and up to ten different whole numbers for classes
    drop: columns to leave out, separated by commas
    as_numbers: columns to take as numbers, whatever they look like, separated by commas
    as_categories: columns to take as categories, such as post codes, separated by commas
    categories: "one-hot" gives one vector of features; "indices" gives numbers and categories apart, for an embedding
    blanks: what stands for a blank number; categories take the commonest value with "median", "mean" and "mode"; "own
      category" marks blanks in both; "drop rows" leaves them out of training and judging
    scaling: of the numbers: mean 0 and deviation 1, or from 0 to 1; a target that is a number is scaled alike, and
      predictions are told in its unit
    balance: rows of rare classes in training; "repeat" shows them as often as the commonest, "fewer" leaves out of the
      others
    validation: share of the training rows kept aside to watch the training
    test: share of all rows kept for the final test
    group: column whose equal values stay in one part, such as a customer with several rows
    time: column by which the parts follow each other: the latest rows are the test
    fold: for cross-validation, which of how many equal parts is the test, such as 2/5; empty takes the share
    examples: use only so many rows; 0 uses all
    """
    asked = Asked(target, drop, as_numbers, as_categories, task, categories, blanks, group, time)
    found = fields(source)
    if is_table(found) or not found:
        return Source(fields_of(found, asked))
    if found.keys() <= GIVEN:  # what was made of it before
        return Source(found)
    raise DataError(f"“{source}” is no table; put a “data” node in the place of this one.")


@layer(kind="source", title="time series", search="forecast csv dates windows horizon temporal timeseries seasonal",
       outputs=AS_RETURNED)  # fmt: skip
def series(fields, source: DataName = "passengers", columns: Names = "", target: Names = "", time: str = "",
           window: Count = 24, horizon: Count = 1, stride: Count = 1, season: Whole = 0, every_step: bool = False,
           log: bool = False, scaling: Literal["standard", "0 to 1", "none"] = "standard", validation: Share = 0.1,
           test: Share = 0.2):  # fmt: skip
    """Windows over a time series (CSV or .npy), and what follows each of them.

    The rows are put in the order of time. The first train the network, those after them watch it, the last are its
    test; no window reaches from one part into the next. Scaling goes by the training rows alone, and metrics and
    forecasts are told in the units of the data. “persistence” says the last value again, “seasonal_naive” what was
    one season before: a forecast is worth something where it beats these.

    source: a file with a column for each series, or a known series
    columns: the columns that a window shows, separated by commas; empty takes all that hold numbers
    target: the columns to forecast, separated by commas; empty takes those of the window
    time: the column of times; empty takes the one with dates, or the rows as they stand
    window: how many steps the network sees
    horizon: how many steps after the window are forecast
    stride: steps from one window to the next
    season: steps of a season, such as 12 for months; 0 gives no seasonal forecast to compare with
    every_step: whether a forecast belongs to every step of the window, each so far ahead, instead of to its end
    log: whether the logarithms of the values are used, for what grows by shares
    scaling: of every column: mean 0 and deviation 1, or from 0 to 1
    validation: share of the rows before the test that is kept aside to watch the training
    test: share of all rows, the last, kept for the final test
    """
    asked = Windows(columns, target, time, window, horizon, stride, season, every_step, log)
    return Source(windows_of(found, asked) if (found := fields(source)) else {})


@layer(kind="source", search="nlp language words characters tokens vocabulary sentences translation tags",
       outputs=AS_RETURNED)  # fmt: skip
def text(fields, source: DataName = "movie-reviews", tokens: Tokens = "words", reading: Reading = "auto",
         length: Whole = 0, vocabulary: Count = 10_000, min_count: Count = 1, lower: bool = False, stride: Whole = 0,
         strips: Whole = 0, column: str = "", target: str = "", validation: Share = 0.1, test: Share = 0.2
         ):  # fmt: skip
    """Texts as tokens, every token a number.

    A running text comes in windows: “text”, and “next”, which is one token later. Many texts come one an example, with
    their “length” and with a “label”, the “tags” of their words, or the “target” they are to be turned into, which is
    “given” one token late to the network that writes it. 0 is padding and 1 a token that is not known. The vocabulary
    goes by the training texts alone; which those are does not hang on the seed, so that it is the same in every run.

    source: a file or folder, or a known text
    tokens: what gets a number: the words and the marks between them, or every character
    reading: what the source holds; "auto" goes by its look: a folder with a file or folder for each class, or a table
      (CSV), is "labelled", two texts in a line with a tab between are "pairs", a word and its tag in a line "tags"
    length: tokens of an example; 0 takes 64 of a running text, and else as many as the longest training text has
    vocabulary: how many tokens get a number of their own at most, the commonest first
    min_count: how often a token has to come up in the training texts to get a number
    lower: whether capitals are taken for small letters
    stride: tokens from one window of a running text to the next; 0 takes the length
    strips: reads a running text on in so many strips side by side, in order, so that what a network carries from batch
      to batch belongs together: the batch size; 0 shuffles the windows
    column: the column of texts, in a table; empty takes the one with the longest
    target: the column of classes, in a table; empty takes the one that most looks like it
    validation: share of the training texts kept aside to watch the training
    test: share of all texts kept for the final test, of a running text its end
    """
    asked = Texts(tokens, reading, length, vocabulary, min_count, lower, stride, strips, column, target, validation,
                  test)  # fmt: skip
    return Source(fields(question(source, asked)))


@layer(kind="source", search="typed inline table rows by hand numbers given matrix constant pair", outputs=AS_RETURNED)
def values(inputs: Matrix = XOR, targets: Matrix = XOR_ANSWERS, shape: str = ""):
    """Examples typed in by hand: a row of numbers each, with what the network should answer.

    Every epoch goes through all rows, and every part of the data is all of them. Pictures and sequences are rows with a
    shape, or lists in lists.

    inputs: one row an example; a single list of numbers is one example
    targets: one row an example, in the same order; none where nothing is to be learned
    shape: of one input, such as 1×5×5 for a grey picture; empty takes the rows as they are typed
    """
    rows = rows_of(inputs, targets, shape)
    return Source({name: TensorSpec(each.shape[1:]) for name, each in rows.items()}, rows=rows)


@layer(kind="source", search="random latent gaussian uniform generator input z", outputs="noise")
def noise(size: Count = 64, distribution: Literal["normal", "uniform"] = "normal", shape: str = ""):
    """Random numbers, new ones in every batch.

    size: how many numbers a vector has
    distribution: "normal" has mean 0 and deviation 1; "uniform" lies between -1 and 1
    shape: of one example instead of a vector, such as 1×28×28 for a picture or 20×8 for a sequence; empty takes the
      size
    """
    sizes = shape_of(shape) or (size,)

    def draw(batch_size, generator, device):
        if distribution == "normal":
            return {"noise": torch.randn(batch_size, *sizes, generator=generator, device=device)}
        return {"noise": torch.rand(batch_size, *sizes, generator=generator, device=device) * 2 - 1}

    return Source({"noise": TensorSpec(sizes)}, draw)


@layer(kind="source", search="fixed number ones zeros bias input", outputs="value")
def constant(value: Number = 1.0, shape: str = "1"):
    """The same number everywhere, for every example.

    value: the number that comes out
    shape: of one example, such as 1 for a single number, 10 for a vector or 1×28×28 for a picture
    """
    sizes = shape_of(shape) or (1,)

    def draw(batch_size, generator, device):
        return {"value": torch.full((batch_size, *sizes), float(value), device=device)}

    return Source({"value": TensorSpec(sizes)}, draw)


@layer(kind="source", search="random uniform range between share interpolation", outputs="value")
def random_uniform(low: Number = 0.0, high: Number = 1.0, shape: str = "1"):
    """Random numbers between two bounds, each as likely as any other, new ones in every batch.

    low: the smallest number
    high: the largest number
    shape: of one example, such as 1 for a single number, 10 for a vector or 1×28×28 for a picture
    """
    if low >= high:
        raise DataError(f"“low” lies below “high”; got {low:g} and {high:g}. Change one of them.")
    sizes = shape_of(shape) or (1,)

    def draw(batch_size, generator, device):
        drawn = torch.rand(batch_size, *sizes, generator=generator, device=device)
        return {"value": drawn * (high - low) + low}

    return Source({"value": TensorSpec(sizes)}, draw)


@layer(kind="source", search="random class conditional generator categorical code infogan", outputs="label")
def random_labels(classes: Count = 10):
    """Random class numbers, each as likely as any other, new ones in every batch.

    classes: how many there are; the numbers begin at 0
    """

    def draw(batch_size, generator, device):
        return {"label": torch.randint(classes, (batch_size,), generator=generator, device=device)}

    return Source({"label": TensorSpec((), "int64", classes=classes)}, draw)


@layer(kind="source", search="random categorical choose coin dice bernoulli draw", outputs="value")
def random_choice(values: Matrix = COIN, odds: Matrix = ALIKE):
    """A random one of some numbers or rows, a new one for every example.

    values: what is chosen from: numbers, or rows of numbers for vectors
    odds: how likely each is compared with the others, one number each; none make all alike
    """
    rows = values if values and isinstance(values[0], list) else [[value] for value in values]
    weights = odds or [1.0] * len(rows)
    fair = all(isinstance(weight, int | float) and weight >= 0 for weight in weights) and any(weights)
    if not rows or not rows[0] or isinstance(rows[0][0], list):
        raise DataError("The values are numbers, or rows of numbers of one length; give at least one.")
    if len(weights) != len(rows) or not fair:
        raise DataError(f"The odds are one number for each of the {len(rows)} values, none below 0 and not all 0.")

    def draw(batch_size, generator, device):
        told = torch.tensor(weights, dtype=torch.float32, device=device)
        chosen = torch.multinomial(told, batch_size, replacement=True, generator=generator)
        return {"value": torch.tensor(rows, dtype=torch.float32, device=device)[chosen]}

    return Source({"value": TensorSpec((len(rows[0]),))}, draw)
