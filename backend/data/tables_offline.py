"""The small tables that come with scikit-learn: iris, wine, breast cancer and diabetes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, NamedTuple

from backend.data.registry import Known, data_format
from backend.data.tables import Tables
from backend.data.tables_known import written


class Offline(NamedTuple):
    """A table of scikit-learn: the function that loads it, and what its target is called."""

    known: Known
    load: str
    target: str


def _offline(load: str, target: str, name: str, title: str, about: str, examples: int, licence: str, citation: str
             ) -> Offline:  # fmt: skip
    return Offline(Known(name, title, f"{about} Always there.", "Tables", examples, licence, citation), load, target)


OFFLINE = {
    each.known.name: each
    for each in (
        _offline("load_iris", "species", "iris", "Iris", "Three kinds of iris by the petals and "
                 "sepals: the classic of statistics.", 150, "CC BY 4.0",
                 "R. A. Fisher, The Use of Multiple Measurements in Taxonomic Problems, 1936"),
        _offline("load_wine", "cultivar", "wine", "Wine", "Wines of three growers by what a chemist found in them.",
                 178, "CC BY 4.0", "S. Aeberhard and M. Forina, Wine, UCI, 1992"),
        _offline("load_breast_cancer", "diagnosis", "breast-cancer", "Breast cancer", "Tumours, malignant or benign, "
                 "by the shapes of their cells under the microscope.", 569, "CC BY 4.0",
                 "W. Wolberg, O. Mangasarian, N. Street and W. Street, Breast Cancer Wisconsin (Diagnostic), UCI, "
                 "1995"),
        _offline("load_diabetes", "progression", "diabetes", "Diabetes", "Patients by age, sex, weight and six values "
                 "of their blood: how far does the disease go within a year?", 442, "none stated",
                 "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, 2004"),
    )
}  # fmt: skip


@data_format
class OfflineTables(Tables):
    """Tables written to the cache as files when they are first asked for, so that all that reads tables reads them."""

    known = tuple(each.known for each in OFFLINE.values())

    def accepts(self, path: Path) -> bool:
        return False  # a file of the user's is any table

    def path(self, source: str) -> Path:
        return written(source, f"{source}.csv", lambda: _text(OFFLINE[source]))


def _text(table: Offline) -> str:
    """The rows with their column names; classes by their names, numbers in their own units."""
    import sklearn.datasets

    asked = {"scaled": False} if table.load == "load_diabetes" else {}
    found: Any = getattr(sklearn.datasets, table.load)(**asked)
    classes = [str(name) for name in found.get("target_names", ())]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([*found.feature_names, table.target])
    for values, target in zip(found.data.tolist(), found.target.tolist()):
        rows.writerow([*values, classes[target] if classes else target])
    return text.getvalue()
