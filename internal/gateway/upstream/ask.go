//go:build unix

package upstream

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// rawOf returns the system's side of a connection, nil if it has none.
func rawOf(nc net.Conn) syscall.RawConn {
	if s, ok := nc.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// asking is a request that is being sent, until the first bytes of its answer are read.
// What [net.Conn] needs for it is a call of the system more: it would read before there
// can be an answer.
type asking struct {
	step  func(fd uintptr) (done bool)
	out   []byte // what is to be sent
	sent  bool   // the step before reading was made; what the system did not take is left in out
	in    []byte // room for the answer
	n     int    // bytes of the answer
	err   error  // of reading
	fails error  // of sending
}

// ask sends out and reads the first bytes of the answer into p. If the other side has
// closed the connection or said something since the last answer, it sends nothing, and
// returns errSpoke. On a new connection it may: what it says is the answer. unsent is why
// the whole of out was not sent.
func (c *conn) ask(out, p []byte) (n int, unsent, err error) {
	a := &c.asking
	if a.step == nil {
		a.step = c.askStep
	}
	a.out, a.sent, a.in, a.n, a.err, a.fails = out, false, p, 0, nil, nil
	err = c.raw.Read(a.step)
	n, rest, unsent := a.n, a.out, a.fails
	if err == nil {
		err = a.err
	}
	a.out, a.in = nil, nil
	if err != nil || unsent == nil && len(rest) == 0 {
		return n, unsent, err
	}
	if unsent == nil { // the system has no room for it, or there is an answer already
		_, unsent = c.nc.Write(rest)
	}
	n, err = c.nc.Read(p) // an upstream may answer before it has read the whole request
	return n, unsent, err
}

// askStep sends when it is called first, and then reads. The connection was asked for its
// next bytes before, so none that come in between are missed.
func (c *conn) askStep(fd uintptr) (done bool) {
	a := &c.asking
	if !a.sent {
		if a.sent = true; !silentAt(fd) { // what came before can't be waited for
			if c.reused {
				a.err = errSpoke
			}
			return true
		}
		n, err := write(fd, a.out)
		a.out, a.fails = a.out[n:], err
		return err != nil || len(a.out) > 0
	}
	n, err := read(fd, a.in)
	switch {
	case errors.Is(err, syscall.EAGAIN):
		return false
	case err != nil:
		a.err = &net.OpError{Op: "read", Net: c.nc.RemoteAddr().Network(), Source: c.nc.LocalAddr(), Addr: c.nc.RemoteAddr(), Err: os.NewSyscallError("read", err)}
	case n == 0:
		a.err = io.EOF
	}
	a.n = max(n, 0)
	return true
}

// write writes what the system takes of p. It is no error if that is nothing.
func write(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), p)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		default:
			return max(n, 0), os.NewSyscallError("write", err)
		}
	}
}

func read(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

// silent reports whether the other side has neither closed the connection nor said
// anything since the last answer. What it says without being asked could pass for the
// answer to the next request.
func (c *conn) silent() bool {
	quiet := false
	err := c.raw.Read(func(fd uintptr) bool {
		quiet = silentAt(fd)
		return true // whatever it is: do not wait
	})
	return err == nil && quiet
}

func silentAt(fd uintptr) bool {
	var b [1]byte
	_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	return errors.Is(err, syscall.EAGAIN)
}
