#!/bin/sh
# Takes the number of threads, the genome's length, the number of reads, and the wrong bases in a thousand.
set -eu
bowtie2 --version | head -n 1
awk -v length_asked="$2" -v reads="$3" -v errors="$4" -f genome.awk
bowtie2-build --quiet --seed 1 --threads "$1" genome.fa genome
# --reorder and a seed make the result the same for any number of threads.
bowtie2 --quiet --seed 1 --reorder -p "$1" --no-hd -x genome -U reads.fq -S aligned.sam
printf '@SQ\tSN:made-up\tLN:%s\n' "$2" | cat - aligned.sam > headed.sam
samtools view --no-PG -b -o aligned.bam headed.sam
samtools view -o unpacked.sam aligned.bam
samtools sort -o sorted.bam aligned.bam
samtools flagstat sorted.bam > flagstat.txt
cat flagstat.txt
# A read's name is the place it was drawn from.
awk '{ split($1, name, "_"); if ($4 == name[2]) right++ } END { print "right place", right + 0 }' aligned.sam
