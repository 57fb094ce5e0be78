package remote

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// ending is a connection whose target says something and then ends in a way.
type ending struct {
	net.Conn
	said io.Reader
	end  error
}

func (e ending) Read(p []byte) (int, error) {
	if n, _ := e.said.Read(p); n > 0 {
		return n, nil
	}
	return 0, e.end
}
func (ending) Write(p []byte) (int, error) { return len(p), nil }
func (ending) Close() error                { return nil }

// A program must not take what the gateway cut off for the last word of the target.
func TestAConnectionThatWasCutIsAnError(t *testing.T) {
	other := errors.New("other")
	tests := []struct {
		name      string
		end, want error
	}{
		{"the target's last word", io.EOF, nil},
		{"TLS without its end", io.ErrUnexpectedEOF, ErrCut},
		{"a reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, ErrCut},
		{"another failure", other, other},
	}
	for _, tt := range tests {
		never, _ := io.Pipe()
		var out strings.Builder
		if err := Join(never, &out, ending{said: strings.NewReader("hello"), end: tt.end}); !errors.Is(err, tt.want) || out.String() != "hello" {
			t.Errorf("%s: got %q and the error %v, want %v", tt.name, out.String(), err, tt.want)
		}
	}
}
