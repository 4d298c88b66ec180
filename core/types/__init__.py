"""The vocabulary: frozen types that every package speaks.

One word per idea (see docs/glossary.md). Ids are opaque; times are UTC; probabilities are rows that
sum to one, columns in the order of the class list they come with.
"""

from core.types.browsing import Cell, Facets, IdPage, SampleQuery, Sort
from core.types.decisions import (
    BatchResult,
    CurationDecision,
    DecisionKind,
    HistoryQuery,
    Refused,
    Suggestion,
)
from core.types.imports import (
    CancelCheck,
    ClassCount,
    ImportPlan,
    ImportReport,
    PlannedSource,
    Progress,
    ProgressCallback,
    Skipped,
)
from core.types.issues import Issue, IssueKind, Why
from core.types.metrics import ClassMetrics, Difference, Evaluation, Metric
from core.types.names import (
    ClassId,
    Embeddings,
    FloatArray,
    ImageId,
    IntArray,
    PatientId,
    Probabilities,
    RunId,
    SampleId,
)
from core.types.runs import (
    BalanceMethod,
    BalancePlan,
    JobSample,
    Leak,
    Prediction,
    PredictionStatus,
    Run,
    RunStatus,
)
from core.types.samples import (
    SCORED,
    ClassInfo,
    Queue,
    Sample,
    SampleState,
    Source,
    Split,
    SplitVersion,
    Status,
)

__all__ = [
    "SCORED",
    "BalanceMethod",
    "BalancePlan",
    "BatchResult",
    "CancelCheck",
    "Cell",
    "ClassCount",
    "ClassId",
    "ClassInfo",
    "ClassMetrics",
    "CurationDecision",
    "DecisionKind",
    "Difference",
    "Embeddings",
    "Evaluation",
    "Facets",
    "FloatArray",
    "HistoryQuery",
    "IdPage",
    "ImageId",
    "ImportPlan",
    "ImportReport",
    "IntArray",
    "Issue",
    "IssueKind",
    "JobSample",
    "Leak",
    "Metric",
    "PatientId",
    "PlannedSource",
    "Prediction",
    "PredictionStatus",
    "Probabilities",
    "Progress",
    "ProgressCallback",
    "Queue",
    "Refused",
    "Run",
    "RunId",
    "RunStatus",
    "Sample",
    "SampleId",
    "SampleQuery",
    "SampleState",
    "Skipped",
    "Sort",
    "Source",
    "Split",
    "SplitVersion",
    "Status",
    "Suggestion",
    "Why",
]
