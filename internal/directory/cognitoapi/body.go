package cognitoapi

import (
	"errors"
	"io"
	"net/http"

	"gatehouse/internal/base/web"
	"gatehouse/internal/directory/cognitoapi/wire"
)

// A body is read before its signature can be checked, so anybody can send one.
const (
	openBody       = 256 << 10 // the largest body of a caller whom nothing names: above what any unsigned operation needs
	defaultMaxBody = 4 << 20   // the largest body of a caller whose access key exists
	maxInFlight    = 32 << 20  // what all bodies of either kind may hold
)

// inFlight are the bodies that are in memory. Callers whom nothing names have a
// sum of their own: they cannot keep out those whose access key exists.
type inFlight struct{ open, known web.Bodies }

// read returns the request's body, which counts until release is called.
func (s *Server) read(w http.ResponseWriter, r *http.Request, op *wire.Operation) (body []byte, release func(), err error) {
	limit, bodies, err := s.limit(r, op)
	if err != nil {
		return nil, func() {}, err
	}
	if r.ContentLength > limit {
		return nil, func() {}, ErrBodyTooLarge
	}
	release = bodies.Bound(w, r, limit, maxInFlight)
	body, err = io.ReadAll(r.Body)
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		err = ErrBodyTooLarge
	case err != nil:
		err = web.BodyError(err, wire.ErrSerialization)
	}
	return body, release, err
}

// limit returns how large the body may be, and the bodies with which it counts. It
// looks the access key up only for a body that counts.
func (s *Server) limit(r *http.Request, op *wire.Operation) (most int64, with *web.Bodies, err error) {
	most = s.MaxBody
	if most == 0 {
		most = defaultMaxBody
	}
	known := false
	counts := r.ContentLength > web.FreeBody || r.ContentLength < 0
	if counts && op.Auth == wire.AuthSignature && s.KnowsKey != nil {
		known, err = s.KnowsKey(r.Context(), r)
	}
	if known {
		return most, &s.inFlight.known, err
	}
	return min(openBody, most), &s.inFlight.open, err
}
