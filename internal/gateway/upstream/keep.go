package upstream

import (
	"errors"
	"io"
	"net/http"
	"sync"
)

var errNotKept = errors.New("the body of the request was read, and can't be sent again")

// kept is the body of a request that can be sent again until somebody has read of it. That
// is enough: net/http sends the head of a request before it reads the body. A nil one is no
// body.
type kept struct {
	from io.ReadCloser

	mu     sync.Mutex
	read   bool
	left   bool // the request will not be sent again
	closed bool
}

// keep makes the body of r one that net/http can send again.
func keep(r *http.Request) *kept {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	k := &kept{from: r.Body}
	r.Body, r.GetBody = k, k.anew
	return k
}

// Read implements [io.Reader].
func (k *kept) Read(p []byte) (int, error) {
	k.mu.Lock()
	k.read = true
	k.mu.Unlock()
	return k.from.Read(p)
}

// Close implements [io.Closer]. The body stays open while it may be sent again.
func (k *kept) Close() error {
	k.mu.Lock()
	k.closed = true
	left := k.left
	k.mu.Unlock()
	if left {
		return k.from.Close()
	}
	return nil
}

// anew returns the body, if nobody has read of it.
func (k *kept) anew() (io.ReadCloser, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.read {
		return nil, errNotKept
	}
	k.closed = false
	return k, nil
}

// again reports whether a request can be sent again. k may be nil.
func (k *kept) again() bool {
	if k == nil {
		return true
	}
	_, err := k.anew()
	return err == nil
}

// leave says that the request is not sent again. After an error nobody reads the body.
// k may be nil.
func (k *kept) leave(err error) {
	if k == nil {
		return
	}
	k.mu.Lock()
	k.left = true
	closed := k.closed
	k.mu.Unlock()
	if closed || err != nil {
		_ = k.from.Close() // nobody could do anything about it
	}
}
