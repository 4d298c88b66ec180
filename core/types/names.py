"""Ids and arrays: what everything else is written in."""

from typing import NewType

import numpy as np
import numpy.typing as npt

ImageId = NewType("ImageId", str)
"""First 16 hex digits of the pixel hash."""
SampleId = NewType("SampleId", str)
"""Id of the image at its first import; never recomputed."""
ClassId = NewType("ClassId", int)
PatientId = NewType("PatientId", int)
RunId = NewType("RunId", str)
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Probabilities = FloatArray
"""(N, K), rows sum to 1."""
Embeddings = npt.NDArray[np.float32]
"""(N, D), vectors before the classifier head."""
