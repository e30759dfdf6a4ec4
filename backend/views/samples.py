"""Answers what a network makes of noise, and writes it into files."""

from __future__ import annotations

from backend.messages import Exported
from backend.questions.samples import Sample, Samples, WriteSamples
from backend.samples import samples, write
from backend.views import Subject, answers


@answers(Sample)
def sampled(subject: Subject, question: Sample) -> Samples:
    """What an output makes of noise."""
    assert subject.run is not None
    return samples(subject.model, subject.run, question)


@answers(WriteSamples)
def written(subject: Subject, question: WriteSamples) -> Exported:
    """What an output makes of noise, in a file. Raises TrainProblem or FileProblem with a sentence."""
    assert subject.run is not None
    return write(subject.model, subject.run, question)
