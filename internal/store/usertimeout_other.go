//go:build !linux

package store

import (
	"syscall"
	"time"
)

// setUserTimeout does nothing: other systems have no such option, or another
// one. The keep-alive of the connection remains.
func setUserTimeout(syscall.RawConn, time.Duration) error { return nil }
