"""What the studio and the engine say to each other: frozen values, standard library and numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend.messages_data import ColumnView as ColumnView
from backend.messages_data import FieldView as FieldView
from backend.messages_data import Preview as Preview
from backend.messages_data import Previewed as Previewed
from backend.messages_totals import Cost as Cost
from backend.messages_totals import Totalled as Totalled
from backend.messages_totals import Totals as Totals
from backend.messages_tryout import TriedOut as TriedOut
from backend.messages_tryout import TryOut as TryOut
from backend.questions import Answered as Answered
from backend.questions import Question as Question
from backend.questions.looking import Seen as Seen
from backend.questions.predictions import Shown as Shown

if TYPE_CHECKING:
    from graph.analysis import Analysis

# -- commands, studio → engine -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Analyse:
    """Infer every spec and find every problem of a document, given as the JSON of its file."""

    document: bytes
    revision: int


@dataclass(frozen=True)
class Train:
    """Train a document in a new run under ``runs_folder``, or go on with the run ``resume``."""

    document: bytes
    runs_folder: str
    name: str = ""
    resume: str = ""


@dataclass(frozen=True)
class Pause:
    """Hold the training after the present step."""


@dataclass(frozen=True)
class Continue:
    """Go on after a pause."""


@dataclass(frozen=True)
class Step:
    """Do one training step and hold. With the name of an objective, that alone learns from the batch, once."""

    objective: str = ""


@dataclass(frozen=True)
class Stop:
    """End the training after the present step, keeping what was learned."""


@dataclass(frozen=True)
class SetLearningRate:
    """Set the learning rate of an objective, by its id, or of every one from the next step on."""

    value: float
    objective: str = ""


@dataclass(frozen=True)
class Export:
    """Write a run in a format ("python", "onnx", "pt2", "safetensors") to a path, checked before it counts."""

    run: str
    format: str
    to: str
    output: str = ""


@dataclass(frozen=True)
class Adopt:
    """Live with these variables of the environment from now on, such as where the user's data is."""

    environment: Mapping[str, str]


@dataclass(frozen=True)
class Shutdown:
    """Leave, after saving what is under way."""


Command = (
    Analyse | Train | Pause | Continue | Step | Stop | SetLearningRate | Export | Preview | Adopt | TryOut | Question
    | Shutdown
)  # fmt: skip

# -- events, engine → studio -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready:
    """The engine has loaded torch. ``devices`` maps names ("cpu", "cuda:0") to words for people."""

    devices: Mapping[str, str]
    torch: str


@dataclass(frozen=True)
class Analysed:
    """What was found of the document with this revision, and its source code, None while that is being written."""

    revision: int
    analysis: Analysis
    source: str | None


@dataclass(frozen=True)
class Loading:
    """Data comes before a training can begin; ``done`` and ``total`` count bytes from the network, or what is read."""

    what: str
    done: int
    total: int
    reading: bool = False


@dataclass(frozen=True)
class Started:
    """A training began. ``steps`` are those of one epoch."""

    run: str
    parameters: int
    epochs: int
    steps: int
    device: str
    epoch: int = 0


@dataclass(frozen=True)
class Progress:
    """How far the training is. ``epoch`` counts whole epochs done, ``step`` the steps of the present one."""

    epoch: int
    step: int
    samples_per_second: float
    seconds_left: float
    paused: bool = False


@dataclass(frozen=True)
class Metrics:
    """Values of a split at a training step. ``epoch`` is a fraction. Those of training are means since the last.

    seconds: trained until then
    pace: how it trains, with its own split only: the learning rate of each objective, and examples a second
    """

    split: str
    step: int
    epoch: float
    values: Mapping[str, float]
    seconds: float = 0.0
    pace: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpointed:
    """The weights and everything needed to go on are on disk."""

    run: str
    epoch: int


@dataclass(frozen=True)
class Finished:
    """A training ended. ``metrics`` maps split → name → value."""

    run: str
    parameters: int
    seconds: float
    samples_per_second: float
    metrics: Mapping[str, Mapping[str, float]]
    stopped: bool = False


@dataclass(frozen=True)
class Exported:
    """An export was written, run and found to agree. ``files`` are the paths made, ``note`` what was compared."""

    format: str
    files: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Failed:
    """Something asked for could not be done; ``message`` is a sentence for the user.

    ``doing`` names the command; ``code`` is the exit code of the command line; ``node`` may name the node at fault.
    """

    doing: str
    message: str
    code: int = 1
    node: str = ""
    run: str = ""


@dataclass(frozen=True)
class Died:
    """The engine's process is gone. Made by the bridge, never sent."""

    exit_code: int | None
    run: str = ""


Event = (
    Ready
    | Analysed
    | Loading
    | Started
    | Progress
    | Metrics
    | Checkpointed
    | Finished
    | Exported
    | Previewed
    | TriedOut
    | Answered
    | Totalled
    | Failed
    | Died
)
