package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"

	"gatehouse/internal/base/websocket"
)

// Join copies between a program and a tunnel until the target has said its last. The
// end of what the program sends is passed on.
func Join(in io.Reader, out io.Writer, tunnel net.Conn) error {
	failed := make(chan error, 1)
	go func() {
		_, err := io.Copy(tunnel, in)
		if half, ok := tunnel.(interface{ CloseWrite() error }); err == nil && ok {
			err = half.CloseWrite()
		}
		if err != nil {
			_ = tunnel.Close() // ends the copying below
		}
		failed <- err
	}()
	_, err := io.Copy(out, tunnel)
	if isCut(err) {
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	select {
	case first := <-failed:
		if first != nil {
			return first
		}
	default: // the program has not said its last: its reading ends with the process
	}
	return err
}

// ErrCut says that a connection ended without the last word of the target. The gateway
// ends what the user, the service account or the route no longer allows.
var ErrCut = errors.New("the gateway ended the connection; connect again, and it says why if you may no longer pass")

// isCut reports whether reading a tunnel ended without the last word of the target.
func isCut(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || websocket.IsAway(err)
}

// Serve takes connections of programs and joins each with a tunnel of its own, until
// ctx ends, or until the gateway refuses the service account: the next connection would
// fare no better. failed is told why a connection ended before its time. It may be called
// by several goroutines at once.
func (t *Tunnel) Serve(ctx context.Context, listener net.Listener, failed func(error)) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := listener.Accept()
		switch {
		case errors.Is(context.Cause(ctx), ErrAccountRefused):
			return context.Cause(ctx)
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		open.Go(func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			err := t.serve(ctx, conn)
			switch {
			case errors.Is(err, ErrAccountRefused):
				end(err)
			case err != nil && ctx.Err() == nil && !errors.Is(err, net.ErrClosed):
				failed(err)
			}
		})
	}
}

func (t *Tunnel) serve(ctx context.Context, conn net.Conn) error {
	tunnel, err := t.Dial(ctx)
	if err != nil {
		return err
	}
	defer tunnel.Close()
	defer context.AfterFunc(ctx, func() { _ = tunnel.Close() })()
	return Join(conn, conn, tunnel)
}
