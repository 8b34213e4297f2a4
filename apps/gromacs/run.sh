#!/bin/sh
# Prepares and runs one simulation. Takes the number of threads.
set -eu
gmx --version | grep "GROMACS version"
gmx -quiet grompp -f run.mdp -c water.gro -p topol.top -o run.tpr -po processed.mdp
gmx -quiet mdrun -deffnm run -ntmpi 1 -ntomp "$1" -reprod -pin off -nb cpu -pme cpu
# The energies that were written, oldest first, without the header of the plot.
echo Potential | gmx -quiet energy -f run.edr -o potential.xvg
awk '/^[^#@]/ { if (first == "") first = $2; last = $2 } END { print "first potential", first; print "last potential", last }' potential.xvg | tee energies.txt
