#!/bin/sh
# Installs the libraries that the comparison measures against (Debian 12, as root).
exec apt-get install -y python3-torch libopenblas0-pthread libopenblas0-openmp
