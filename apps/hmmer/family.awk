# Writes an alignment of 20 near relatives (family.sto) and a database with distant ones (database.fa), the same on every machine: the
# random numbers are those of Park and Miller (x -> 16807 x mod 2^31 - 1), exact in awk's doubles.
function random(below) { seed = (seed * 16807) % 2147483647; return int(seed / 2147483647 * below) }
function residue() { return substr("ACDEFGHIKLMNPQRSTVWY", random(20) + 1, 1) }
function changed(percent,    i, made) {
  for (i = 1; i <= 120; i++) made = made (random(100) < percent ? residue() : ancestor[i])
  return made
}
function protein(count,    i, made) {
  for (i = 1; i <= count; i++) made = made residue()
  return made
}
BEGIN {
  seed = 19930412
  for (i = 1; i <= 120; i++) ancestor[i] = residue()
  print "# STOCKHOLM 1.0\n" > "family.sto"
  for (n = 1; n <= 20; n++) printf "near%02d %s\n", n, changed(25) > "family.sto"
  print "//" > "family.sto"
  for (n = 1; n <= sequences; n++) {
    if (n <= relatives) printf ">relative%d\n%s%s%s\n", n, protein(random(80)), changed(changes), protein(random(80)) > "database.fa"
    else printf ">stranger%d\n%s\n", n, protein(150 + random(150)) > "database.fa"
  }
}
