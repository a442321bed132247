"""rocket-coach: a career coach for chat platforms."""

import os

# The matrices here are small: a second BLAS thread costs more in waiting than it computes. It must
# be said before numpy is first imported; who sets it otherwise keeps their value.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
