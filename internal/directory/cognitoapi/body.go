package cognitoapi

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// ErrBusy means that the bodies of other requests take all the memory that bodies
// may have.
var ErrBusy = fault.New(fault.Throttled, "bodies_in_flight", "Rate exceeded")

// A body is read before its signature can be checked, so anybody can send one.
const (
	openBody       = 256 << 10 // the largest body of a caller whom nothing names: above what any unsigned operation needs
	defaultMaxBody = 4 << 20   // the largest body of a caller whose access key exists
	freeBody       = 16 << 10  // what each request may hold anyway, so that small requests go on
	maxInFlight    = 32 << 20  // what all bodies of either kind may hold beyond that
)

// inFlight counts the bytes of bodies that are in memory. Callers whom nothing
// names have a sum of their own: they cannot keep out those whose access key
// exists.
type inFlight struct{ open, known atomic.Int64 }

// read returns the request's body, which counts until release is called.
func (s *Server) read(w http.ResponseWriter, r *http.Request, op *wire.Operation) (body []byte, release func(), err error) {
	limit, sum := s.limit(r, op)
	counted := &countedBody{total: sum}
	if r.ContentLength > limit {
		return nil, counted.release, ErrBodyTooLarge
	}
	counted.r = http.MaxBytesReader(w, r.Body, limit)
	body, err = io.ReadAll(counted)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, counted.release, ErrBodyTooLarge
	}
	if err != nil && !errors.Is(err, ErrBusy) {
		err = wire.ErrSerialization.Because(err)
	}
	return body, counted.release, err
}

// limit returns how large the body may be, and the sum to which it counts. It looks
// the access key up only for a body that counts.
func (s *Server) limit(r *http.Request, op *wire.Operation) (most int64, sum *atomic.Int64) {
	most = s.MaxBody
	if most == 0 {
		most = defaultMaxBody
	}
	counts := r.ContentLength > freeBody || r.ContentLength < 0
	if counts && op.Auth == wire.AuthSignature && s.KnowsKey != nil && s.KnowsKey(r.Context(), r) {
		return most, &s.inFlight.known
	}
	return min(openBody, most), &s.inFlight.open
}

// countedBody counts what was read of a body beyond freeBody, together with all
// other bodies, and fails with ErrBusy if they become too much.
type countedBody struct {
	r          io.Reader
	total      *atomic.Int64
	read, held int64
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.read += int64(n)
	if more := c.read - freeBody - c.held; more > 0 {
		c.held += more
		if c.total.Add(more) > maxInFlight {
			return 0, ErrBusy
		}
	}
	return n, err
}

// release ends the counting. It may be called twice.
func (c *countedBody) release() {
	c.total.Add(-c.held)
	c.held = 0
}
