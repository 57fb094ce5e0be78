package main

import "testing"

// What the process has written to must stay: it is in no file.
func TestOnlyUnchangedPartsOfTheProgramLeave(t *testing.T) {
	for line, want := range map[string]bool{
		"00400000-0181c000 r-xp 00000000 fd:01 1234      /usr/bin/gatehouse\n": true,
		"0181c000-030ad000 r--p 0141c000 fd:01 1234      /usr/bin/gatehouse\n": true,
		"030ad000-03198000 rw-p 02cad000 fd:01 1234      /usr/bin/gatehouse\n": false,
		"00400000-0181c000 r-xp 00000000 fd:01 1234      /usr/lib/libc.so\n":   false,
		"00400000-0181c000 r--s 00000000 fd:01 1234      /data/gatehouse.db\n": false,
		"7f0000000000-7f0000021000 r--p 00000000 00:00 0 \n":                   false,
		"zz-0181c000 r-xp 00000000 fd:01 1234 /usr/bin/gatehouse\n":            false,
		"0181c000-00400000 r-xp 00000000 fd:01 1234 /usr/bin/gatehouse\n":      false,
		"": false,
	} {
		if from, to, got := unchangedPart(line, "/usr/bin/gatehouse"); got != want || got && (from == 0 || to <= from) {
			t.Errorf("%q: got %x-%x %t, want %t", line, from, to, got, want)
		}
	}
}

// The program goes on after its parts have left, and what it has written is still there.
func TestTheProgramGoesOn(t *testing.T) {
	written = 42
	giveBack()
	settleMemory()()
	if written != 42 {
		t.Errorf("got %d, want 42: the process has written it", written)
	}
}

// written lies in the part of the program that the process may write to.
var written = 7
