//go:build unix

package upstream

import (
	"errors"
	"syscall"
)

// silent reports whether the other side has neither closed the connection nor said
// anything since the last answer. What it says without being asked could pass for the
// answer to the next request.
func (c *conn) silent() bool {
	if c.raw == nil {
		return false
	}
	quiet := false
	err := c.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true // whatever it is: do not wait
	})
	return err == nil && quiet
}
