/*
 * The shell programs around the jobs. Both are constants: whatever comes from people reaches them as arguments, which no shell reads as text.
 *
 * The wrapper runs in a session of its own with nothing inherited, so it outlives the server. `set -C` makes the shell create the start marker
 * exclusively (O_EXCL): either the wrapper or a recovery creates it, never both, and who comes second does nothing. Marker and outcome are single
 * writes of one short line; a reader believes a line only when its end is there, so a torn write is no outcome and no `mv` has to be forked. The time limit
 * is kept by coreutils' `timeout`, which sends TERM, waits the grace, and sends KILL, and does the same when it is sent TERM itself: a cancel is TERM to
 * the wrapper, and needs nobody to stay. Two forks in all: timeout, and the job.
 */

/** Arguments: control prefix, time limit s, grace s, log file, file to join a memory limit by ("" for none), coreutils' timeout, then the command. */
export const WRAPPER = `set -C
prefix=$1 limit=$2 grace=$3 log=$4 fence=$5 timeout=$6
shift 6
child= got=0
trap 'got=1; [ -z "$child" ] || kill -TERM "$child"' TERM
twentieth() { start=\${20}; }
read -r stat < "/proc/$$/stat" || exit 70
twentieth \${stat##*) }
read -r up rest < /proc/uptime || exit 70
[ -z "$fence" ] || { echo "$$" >| "$fence"; } 2> /dev/null || exit 71
{ echo "$$ $start $up" > "$prefix.start"; } 2> /dev/null || exit 0
set +C
"$timeout" -k "$grace" "$limit" "$@" > "$log" 2>&1 < /dev/null &
child=$!
[ "$got" = 0 ] || kill -TERM "$child"
got=0
wait "$child"
code=$?
while [ "$got" = 1 ]; do
  got=0
  wait "$child"
  next=$?
  [ "$next" = 127 ] || code=$next
done
trap '' TERM
read -r up rest < /proc/uptime
echo "$code $up $child" > "$prefix.end"
exit "$code"
`;

/**
 * The keeper: proof of life that outlives the server. Every few seconds it touches a beat file for each attempt whose wrapper is the process
 * that made the start marker (same id, same start time). It goes by itself when nothing runs and the worker that started it is gone.
 *
 * Arguments: folder of the control files, seconds between beats, process id of the worker, its start time in clock ticks.
 */
export const KEEPER = `cd "$1" || exit 70
every=$2 worker=$3 worker_start=$4
twentieth() { start=\${20}; }
started() {
  start=
  { read -r stat < "/proc/$1/stat"; } 2> /dev/null && twentieth \${stat##*) }
}
while :; do
  alive=0
  for marker in *.start; do
    [ -s "$marker" ] || continue
    token=\${marker%.start}
    [ -e "$token.end" ] && continue
    { read -r pid since rest < "$marker"; } 2> /dev/null || continue
    started "$pid"
    [ -n "$since" ] && [ "$start" = "$since" ] || continue
    : > "$token.beat"
    alive=1
  done
  if [ "$alive" = 0 ]; then
    started "$worker"
    [ "$start" = "$worker_start" ] || exit 0
  fi
  sleep "$every" || exit 0
done
`;
