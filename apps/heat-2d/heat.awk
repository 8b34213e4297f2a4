# A square plate whose edges are kept at 0 and whose inside begins as sin(pi x) sin(pi y).
# Explicit finite differences in POSIX awk. The start is an eigenvector of the difference scheme as well as of the differential equation,
# so both have an exact solution to compare with: the first tells whether the program is right, the second how good the grid is.
BEGIN {
  if (points < 5 || time <= 0) { print "points and time must be given"; exit 2 }
  print "heat-2d 1.0.0"
  pi = atan2(0, -1)
  cells = points - 1
  h = 1 / cells
  # The scheme is stable up to a step of h^2 / 4; 0.2 leaves room and makes the last step land on the asked time.
  steps = int(time / (0.2 * h * h)) + 1
  r = time / steps / (h * h)
  printf "%d x %d points, %d steps\n", points, points, steps
  for (i = 0; i <= cells; i++) wave[i] = (i == 0 || i == cells) ? 0 : sin(pi * i * h)
  width = points
  for (i = 0; i <= cells; i++) for (j = 0; j <= cells; j++) u[i * width + j] = wave[i] * wave[j]
  for (k = 1; k <= steps; k++) {
    for (i = 1; i < cells; i++) {
      row = i * width
      for (j = 1; j < cells; j++) {
        at = row + j
        next_u[at] = u[at] + r * (u[at - width] + u[at + width] + u[at - 1] + u[at + 1] - 4 * u[at])
      }
    }
    for (i = 1; i < cells; i++) {
      row = i * width
      for (j = 1; j < cells; j++) u[row + j] = next_u[row + j]
    }
  }
  s = sin(pi * h / 2)
  scheme = exp(steps * log(1 - 8 * r * s * s))
  theory = exp(-2 * pi * pi * time)
  for (i = 1; i < cells; i++) for (j = 1; j < cells; j++) {
    shape = wave[i] * wave[j]
    d = u[i * width + j] - shape * scheme; if (d < 0) d = -d; if (d > scheme_error) scheme_error = d
    d = u[i * width + j] - shape * theory; if (d < 0) d = -d; if (d > theory_error) theory_error = d
  }
  middle = int(cells / 2)
  for (j = 0; j <= cells; j++) printf "%.6f %.12f\n", j * h, u[middle * width + j] > "profile.txt"
  printf "centre temperature %.12f\n", u[middle * width + middle]
  printf "largest difference from theory %.6e\n", theory_error
  printf "largest difference from the scheme %.6e\n", scheme_error
}
