# Writes a made-up genome and reads drawn from it, the same on every machine: the random numbers are those of Park and Miller
# (x -> 16807 x mod 2^31 - 1), whose products stay below 2^53 and so are exact in awk's doubles.
function random(below) { seed = (seed * 16807) % 2147483647; return int(seed / 2147483647 * below) }
BEGIN {
  seed = 20261121
  split("A C G T", letter, " ")
  print ">made-up" > "genome.fa"
  for (i = 1; i <= length_asked; i++) {
    genome[i] = letter[random(4) + 1]
    line = line genome[i]
    if (i % 60 == 0 || i == length_asked) { print line > "genome.fa"; line = "" }
  }
  quality = sprintf("%100s", ""); gsub(/ /, "I", quality)
  for (n = 1; n <= reads; n++) {
    start = random(length_asked - 99) + 1
    read = ""
    for (i = start; i < start + 100; i++) read = read (random(1000) < errors ? letter[random(4) + 1] : genome[i])
    print "@" n "_" start "\n" read "\n+\n" quality > "reads.fq"
  }
}
