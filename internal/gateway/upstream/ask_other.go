//go:build !unix

package upstream

import (
	"net"
	"syscall"
)

// rawOf returns nil: nobody can tell here whether a connection is silent, and every
// request gets one of its own.
func rawOf(net.Conn) syscall.RawConn { return nil }

type asking struct{}

func (c *conn) ask(_, _ []byte) (n int, unsent, err error) { return 0, nil, errSpoke }

func (c *conn) silent() bool { return false }
