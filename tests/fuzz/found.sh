# Sourced by run and long.

# found_in LOG TARGET: what libFuzzer's log tells of a find, in lines that are enough to play it again elsewhere.
found_in() {
	local log=$1 t=$2 input
	grep -a -m 1 -e '^does not hold' -e 'ERROR: AddressSanitizer' -e 'ERROR: LeakSanitizer' -e 'runtime error:' -e 'ERROR: libFuzzer' "$log" |
		cut -c1-1000 | sed "s/^/$t: /"
	input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	[ -n "$input" ] && [ -f "build/fuzz/$input" ] || return 0
	echo "$t: tests/fuzz/run --build $t && build/fuzz/$t build/fuzz/$input"
	if [ "$(gzip -9nc "build/fuzz/$input" | wc -c)" -le 4096 ]; then
		echo "$t: the input ($(wc -c <"build/fuzz/$input") bytes): base64 -d <<<$(gzip -9nc "build/fuzz/$input" | base64 -w 0) | gunzip"
	fi
}
