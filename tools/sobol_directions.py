"""Make `pathway/sobol_directions.csv`: polynomials and initial numbers of the first Sobol dimensions.

    python tools/sobol_directions.py NUMBERS.npz src/dafeng/pathway/sobol_directions.csv

NUMBERS.npz holds `poly` and `vinit` of Joe & Kuo 2008 (doi 10.1137/070709359), as scipy ships them in
`scipy/stats/_sobol_direction_numbers.npz`. Terms: free use with the notice in DATA-LICENCES.md.
"""

import csv
import sys
from pathlib import Path

import numpy as np

DIMENSIONS = 2000


def main(source: Path, out: Path) -> None:
    numbers = np.load(source)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("dimension", "polynomial", "initial"))
        for row, (polynomial, initial) in enumerate(zip(numbers["poly"], numbers["vinit"], strict=True)):
            if row == DIMENSIONS:
                break
            degree = max(int(polynomial).bit_length() - 1, 1)
            writer.writerow((row + 1, int(polynomial), ";".join(str(int(m)) for m in initial[:degree])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
