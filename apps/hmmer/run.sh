#!/bin/sh
# Takes the number of threads, the proteins, the relatives among them, and the changed residues in a hundred.
set -eu
awk -v sequences="$2" -v relatives="$3" -v changes="$4" -f family.awk
hmmbuild --cpu "$1" --seed 42 family.hmm family.sto
hmmsearch --cpu "$1" --seed 42 --tblout hits.txt family.hmm database.fa
awk '/^[^#]/ { hits++; if (best == "") best = $6; if ($1 ~ /^relative/) found++ }
END { print "relatives found", found + 0; print "false hits", hits - found; print "best score", best }' hits.txt
