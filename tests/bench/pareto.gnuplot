# SPDX-License-Identifier: Apache-2.0
# What a limit on VMs or GiB costs in score: gnuplot -e "in='pareto.dat'; out='pareto.svg'"
# on what plan.py pareto wrote (make bench-plan-pareto PARETO_OUT=...). png=1 for a look.
set terminal svg size 1000,480 background "white" font "sans-serif,13"
if (exists("png")) {
	set terminal png size 1000,480
}
set output out
set multiplot layout 1,2 title "50 nodes, 500 VMs: score (hbal's, lower is better) against what may move"
set logscale y
set yrange [0.18:7]
set ytics (0.2, 0.3, 0.5, 1, 2, 3, 5)
set ylabel "score"
set grid back linecolor rgb "#d8d8d8"
set border 3
set tics nomirror
set key top right samplen 2
set style line 1 linecolor rgb "#1f6fb4" linewidth 2 pointtype 7 pointsize 0.6
set style line 2 linecolor rgb "#d9731a" linewidth 2 pointtype 5 pointsize 0.6
set style line 3 linecolor rgb "#222222" pointtype 9 pointsize 1.4
set xlabel "VMs moved"
set xrange [0:*]
plot in index "single moves" using 1:3 with linespoints linestyle 1 title "single moves", \
	in index "swaps moves" using 1:3 with linespoints linestyle 2 title "with swaps", \
	in index "hbal" using 1:3 with points linestyle 3 title "hbal"
set xtics 1000
set xlabel "GiB moved"
plot in index "single gib" using 2:3 with linespoints linestyle 1 title "single moves", \
	in index "swaps gib" using 2:3 with linespoints linestyle 2 title "with swaps", \
	in index "hbal" using 2:3 with points linestyle 3 title "hbal"
unset multiplot
