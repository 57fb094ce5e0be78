package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// leaveProgram tells the system that the parts of the program's own file that are in the
// memory of the process may leave it: most were used for the start alone. The others come
// back, from the memory in which the system keeps files, when they are used next.
func leaveProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		if from, to, ok := unchangedPart(line, program); ok {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED) // advice alone: the system need not take it
		}
	}
}

// unchangedPart returns the addresses of a line of /proc/self/maps, if they are of a part
// of the program that nobody can have written to (proc_pid_maps(5)):
//
//	00400000-0181c000 r-xp 00000000 fd:01 1234      /usr/bin/gatehouse
func unchangedPart(line, program string) (from, to uintptr, ok bool) {
	fields := strings.Fields(line)
	if len(fields) != 6 || fields[5] != program || !strings.HasPrefix(fields[1], "r-") {
		return 0, 0, false
	}
	first, last, _ := strings.Cut(fields[0], "-")
	start, err := strconv.ParseUint(first, 16, strconv.IntSize)
	if err != nil {
		return 0, 0, false
	}
	end, err := strconv.ParseUint(last, 16, strconv.IntSize)
	if err != nil || end <= start {
		return 0, 0, false
	}
	return uintptr(start), uintptr(end), true
}
