#!/bin/sh
# Takes the interpolation method and the number of longitudes.
set -eu
case "$1" in
  conservative) operator=remapcon ;;
  bilinear) operator=remapbil ;;
  nearest) operator=remapnn ;;
esac
cdo --version 2>&1 | head -n 1
cdo -s -O -f nc -topo topography.nc
cdo -s -O -f nc "$operator,r$2x$(($2 / 2))" topography.nc coarse.nc
echo "mean height" "$(cdo -s outputf,%.8g,1 -fldmean topography.nc)"
echo "land fraction" "$(cdo -s outputf,%.8g,1 -fldmean -gtc,0 topography.nc)"
echo "interpolated mean" "$(cdo -s outputf,%.8g,1 -fldmean coarse.nc)"
