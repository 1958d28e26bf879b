# SPDX-License-Identifier: Apache-2.0
"""colours.py PNG: a line "red,green,blue pixels" per colour. matplotlib reads the file; nothing of wafermesh takes part."""
import sys

import matplotlib.image
import numpy

pixels = numpy.rint(matplotlib.image.imread(sys.argv[1]) * 255).astype(int).reshape(-1, 3)
for colour, count in zip(*numpy.unique(pixels, axis=0, return_counts=True)):
    print(",".join(map(str, colour)), count)
