package store

import (
	"syscall"
	"time"
)

// tcpUserTimeoutOption is TCP_USER_TIMEOUT, which package syscall lacks on most
// architectures. See tcp(7).
const tcpUserTimeoutOption = 18

// setUserTimeout limits how long data that were sent may stay unacknowledged
// before the connection ends. RFC 5482. Sockets of other kinds are left alone.
func setUserTimeout(c syscall.RawConn, limit time.Duration) error {
	return c.Control(func(fd uintptr) {
		// The error is that of a Unix socket, which has no such option.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeoutOption, int(limit.Milliseconds()))
	})
}
