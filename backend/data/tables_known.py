"""Tables that can be asked for by name: the telecom's customers, and made-up customers of a bank."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.data.places import cached, data_folder, folders_named
from backend.data.registry import Cancelled, Known, MissingData, Progress
from backend.data.remote import Remote, fetch
from graph.disk import FileProblem, write_atomically
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import CATEGORY, ID, NUMBER

BANK = "bank-churn"
BANK_FILE = "bank-churn-made-up-1.csv"  # the number grows when the rows change, so that old ones are not taken for new


class Public(NamedTuple):
    """A table that the world shares: the names its file goes by, where it lies, and its columns."""

    known: Known
    files: tuple[str, ...]
    bases: tuple[str, ...]
    remote: Remote
    columns: dict[str, TensorSpec]

    def download(self, progress: Progress, cancelled: Cancelled) -> None:
        """Bring the file into the cache. Raises DataError with a sentence."""
        mirror = os.environ.get("NETLOOM_MIRROR")
        bases = (f"{mirror.rstrip('/')}/{self.known.name}",) if mirror else self.bases
        try:
            fetch(self.remote, bases, cached(self.known.name), progress, cancelled)
        except DataError as error:
            raise DataError(f"{error} {self.by_hand}") from None

    @property
    def by_hand(self) -> str:
        """How to bring it without a download."""
        return f"Or put {self.remote.name} into a folder and give the path of the file."


def _category(*names: str) -> TensorSpec:
    return TensorSpec((), CATEGORY, batched=False, classes=len(names), names=names)


_YES_NO, _SERVICE = _category("No", "Yes"), _category("No", "No internet service", "Yes")
_MONTHS = tuple(map(str, range(73)))
TELCO = Public(
    Known(
        "telco-churn", "Telecom customers who leave", "Customers of a telecom with their contracts and services, and "
        "whether they left; made up by IBM.", "Tables", 7043, "Apache-2.0",
        "IBM, Telco customer churn sample data, 2019", 970_457,
    ),
    ("Telco-Customer-Churn.csv", "WA_Fn-UseC_-Telco-Customer-Churn.csv"),
    ("https://raw.githubusercontent.com/IBM/telco-customer-churn-on-icp4d/master/data",),
    Remote("Telco-Customer-Churn.csv", 970_457, 0, "16320c9c1ec72448db59aa0a26a0b95401046bef5d02fd3aeb906448e3055e91"),
    {
        "customerID": TensorSpec((), ID, batched=False),
        "gender": _category("Female", "Male"),
        "SeniorCitizen": TensorSpec((), NUMBER, batched=False, classes=2, names=("0", "1")),
        "Partner": _YES_NO,
        "Dependents": _YES_NO,
        "tenure": TensorSpec((), NUMBER, batched=False, classes=73, names=_MONTHS),
        "PhoneService": _YES_NO,
        "MultipleLines": _category("No", "No phone service", "Yes"),
        "InternetService": _category("DSL", "Fiber optic", "No"),
        "OnlineSecurity": _SERVICE,
        "OnlineBackup": _SERVICE,
        "DeviceProtection": _SERVICE,
        "TechSupport": _SERVICE,
        "StreamingTV": _SERVICE,
        "StreamingMovies": _SERVICE,
        "Contract": _category("Month-to-month", "One year", "Two year"),
        "PaperlessBilling": _YES_NO,
        "PaymentMethod": _category(
            "Bank transfer (automatic)", "Credit card (automatic)", "Electronic check", "Mailed check"
        ),
        "MonthlyCharges": TensorSpec((), NUMBER, batched=False),
        "TotalCharges": TensorSpec((), NUMBER, batched=False, names=("",)),
        "Churn": _YES_NO,
    },
)  # fmt: skip
PUBLIC = {TELCO.known.name: TELCO}


def find_public(name: str) -> Path | None:
    """The file of a known table on this machine, or None."""
    folders = [*folders_named(name), *([flat] if (flat := data_folder()) else [])]
    for folder in folders:
        for file in PUBLIC[name].files:
            if (path := folder / file).is_file():
                return path
    return None


def public_path(name: str) -> Path:
    """The file of a known table. Raises MissingData where it is not on this machine."""
    if (found := find_public(name)) is not None:
        return found
    looked = " and ".join(f"“{each}”" for each in (data_folder(), cached(name)) if each)
    raise MissingData(f"The file of “{name}” is not on this machine (looked in {looked}). {PUBLIC[name].by_hand}", name)


def bank_churn_file() -> Path:
    """The made-up customers as a file, written when it is first asked for. Raises DataError where it cannot be."""
    return written(BANK, BANK_FILE, bank_churn_text)


def written(name: str, file: str, text: Callable[[], str]) -> Path:
    """A file of a table that the program makes, written when it is first asked for. Raises DataError."""
    path = cached(name) / file
    if path.exists():
        return path
    content = text().encode()
    for place in (path, Path(tempfile.gettempdir()) / file):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, content)
            return place
        except (OSError, FileProblem):
            continue
    raise DataError(f"“{path.parent}” cannot be written to; set NETLOOM_CACHE to a folder that can be.")


def bank_churn_text(count: int = 10_000, seed: int = 0) -> str:
    """Customers of a bank that does not exist: drawn at random, and leaving by a rule with chance in it."""
    rng = np.random.default_rng(seed)
    country = rng.choice(3, count, p=[0.5, 0.25, 0.25])
    female, active = rng.random(count) < 0.45, rng.random(count) < 0.51
    age = np.clip(18 + rng.gamma(4.2, 5.0, count), 18, 92).astype(int)
    score = np.clip(rng.normal(650, 97, count), 350, 850).astype(int)
    tenure, card = rng.integers(0, 11, count), rng.random(count) < 0.7
    empty = rng.random(count) < np.array([0.48, 0.05, 0.48])[country]
    balance = np.where(empty, 0.0, np.clip(rng.normal(120_000, 30_000, count), 3_000, 250_000)).round(2)
    products = 1 + (rng.random(count) < np.where(empty, 0.7, 0.35)) + (rng.random(count) < 0.03)
    salary = rng.uniform(11, 200_000, count).round(2)
    likely = -2.6 + 3.4 * np.exp(-(((age - 55) / 13.0) ** 2)) + np.array([0.0, 1.1, 0.0])[country] + 0.6 * female
    likely = likely - 1.3 * active + np.array([0.0, 0.7, -1.2, 3.2])[products] - 0.002 * (score - 650)
    left = rng.random(count) < 1 / (1 + np.exp(-1.2 * likely))
    surnames = ["".join(parts) for parts in zip(rng.choice(["Al", "Be", "Cor", "Da", "El", "Fi", "Gra", "Ha"], count),
                rng.choice(["den", "lin", "mar", "no", "ri", "sta", "ton", "va"], count),
                rng.choice(["", "ez", "i", "ini", "mann", "o", "son", "ski"], count))]  # fmt: skip
    ids = 15_565_701 + rng.permutation(250_000)[:count]
    lines = ["RowNumber,CustomerId,Surname,CreditScore,Geography,Gender,Age,Tenure,Balance,NumOfProducts,HasCrCard,"
             "IsActiveMember,EstimatedSalary,Exited"]  # fmt: skip
    for n in range(count):
        place, sex = ("France", "Germany", "Spain")[country[n]], "Female" if female[n] else "Male"
        lines.append(f"{n + 1},{ids[n]},{surnames[n]},{score[n]},{place},{sex},{age[n]},{tenure[n]},{balance[n]:.2f},"
                     f"{products[n]},{int(card[n])},{int(active[n])},{salary[n]:.2f},{int(left[n])}")  # fmt: skip
    return "\n".join(lines) + "\n"
