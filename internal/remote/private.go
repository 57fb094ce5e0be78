package remote

import (
	"io/fs"
	"runtime"
)

// private reports whether only its owner can read and write a file. Windows says
// nothing of that in the mode: there the directory of the user protects it.
func private(info fs.FileInfo) bool {
	return runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0
}
