package web

import (
	"io"
	"net/http"
	"time"
)

// Steady lets the body of r take as long as it goes on to arrive: each part may take
// as long as pause, whatever the limits of the server are. It is for large bodies of
// callers who are known.
func Steady(w http.ResponseWriter, r *http.Request, pause time.Duration) {
	if s, _ := r.Context().Value(http.ServerContextKey).(*http.Server); s == nil {
		return // no connection, as in a test: nothing to wait for
	}
	r.Body = &steadyBody{r.Body, http.NewResponseController(w), pause}
}

type steadyBody struct {
	io.ReadCloser
	limits *http.ResponseController
	pause  time.Duration
}

// Read implements [io.Reader].
func (b *steadyBody) Read(p []byte) (int, error) {
	if err := b.limits.SetReadDeadline(time.Now().Add(b.pause)); err != nil {
		return 0, err
	}
	if err := b.limits.SetWriteDeadline(time.Now().Add(2 * b.pause)); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p)
}
