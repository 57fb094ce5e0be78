package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/internal/base/hostname"
)

// inside carries requests for the pools of this installation to its own handler, and
// all others to next. So the installation's name need not lead back to it from its
// own machine, and its certificate need not be trusted there.
type inside struct {
	handler func() http.Handler
	base    *url.URL // of the directory
	next    http.RoundTripper
}

// toProviders returns what carries the gateway's calls to identity providers.
func (s *Server) toProviders(next http.RoundTripper, directory *url.URL) http.RoundTripper {
	if s.directory == nil || directory == nil {
		return next
	}
	return &inside{handler: s.Handler, base: directory, next: next}
}

// RoundTrip implements [http.RoundTripper].
func (t *inside) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimSuffix(t.base.Path, "/") + "/"
	if r.URL.Scheme != t.base.Scheme || hostname.Of(r.URL.Host) != hostname.Of(t.base.Host) || r.URL.Port() != t.base.Port() || !strings.HasPrefix(r.URL.Path, path) {
		return t.next.RoundTrip(r)
	}
	return answer(t.handler(), r)
}

// answer is what a handler answers a client's request, as if it came from this
// machine. It closes the body of the request, as every round tripper does. The server
// of the browser's request, for which the client asks, is not the server of this one:
// there is no connection whose time could be limited.
func answer(h http.Handler, r *http.Request) (_ *http.Response, err error) {
	in := r.Clone(context.WithValue(r.Context(), http.ServerContextKey, nil))
	in.RequestURI, in.Host, in.RemoteAddr = r.URL.RequestURI(), r.URL.Host, "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	if r.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
	}
	defer func() {
		if cut := recover(); cut == http.ErrAbortHandler {
			err = errors.New("the answer was cut")
		} else if cut != nil {
			panic(cut)
		}
	}()
	out := &written{header: http.Header{}}
	h.ServeHTTP(out, in)
	if err := r.Context().Err(); err != nil {
		return nil, err // nobody waits for it, and it may be cut
	}
	return out.response(r), nil
}

// written is an answer in memory.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header { return w.header }

// WriteHeader keeps the first final status.
func (w *written) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
}

func (w *written) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *written) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}
}
