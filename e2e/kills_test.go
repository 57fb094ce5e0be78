//go:build !chaos

package e2e

// kills is how often TestKill kills the program.
const kills = 2
