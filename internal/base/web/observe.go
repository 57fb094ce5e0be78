package web

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
)

// Observer gives every request an id, metrics and one log line.
type Observer struct {
	Log     *slog.Logger                                               // never nil
	Measure func(edge string, status int, took time.Duration)          // may be nil: no metrics
	Trace   func(context.Context, string) (context.Context, func(int)) // starts a span; may be nil: no traces
	Now     func() time.Time                                           // nil: time.Now
	// TrustScheme makes X-Forwarded-Proto decide the scheme of a request, for a
	// process with a proxy in front that ends TLS. False: the connection decides.
	TrustScheme bool
	// PublicScheme is the scheme, with TrustScheme, of a request that does not
	// have that header: what the proxy in front speaks to clients. Empty: the
	// connection decides.
	PublicScheme string
	// TrustedHops is how many entries at the right end of X-Forwarded-For proxies
	// in front of the process wrote. See [ClientAddr].
	TrustedHops int
}

// event collects the facts of one request. They are logged when it ends.
type event struct {
	id          string
	scheme      string
	trustedHops int

	mu     sync.Mutex
	edge   string
	attrs  []slog.Attr // the noted facts, after commonAttrs empty ones that finish fills
	err    error
	line   Line // nil: the usual one
	probe  bool
	status int    // that was sent past the ResponseWriter; 0: none
	rest   func() // see GoOn; nil: nothing
	// room is the first memory of attrs. Most requests need no more.
	room [commonAttrs + 12]slog.Attr
}

// commonAttrs is the number of facts at the start of every log line.
const commonAttrs = 9

type eventKey struct{}

func eventOf(ctx context.Context) *event {
	e, _ := ctx.Value(eventKey{}).(*event)
	return e
}

// RequestID returns the id of the request that ctx belongs to, or "" if ctx
// belongs to none.
func RequestID(ctx context.Context) string {
	if e := eventOf(ctx); e != nil {
		return e.id
	}
	return ""
}

// Note adds facts to the request's log line. Without a request it does nothing.
func Note(ctx context.Context, attrs ...slog.Attr) {
	if e := eventOf(ctx); e != nil {
		e.mu.Lock()
		e.attrs = append(e.attrs, attrs...)
		e.mu.Unlock()
	}
}

// NoteEdge names the edge that answers, for the log line and the metrics.
func NoteEdge(ctx context.Context, edge string) {
	if e := eventOf(ctx); e != nil {
		e.mu.Lock()
		e.edge = edge
		e.mu.Unlock()
	}
}

// NoteProbe says that the request only asked whether the process lives. Pomerium: its
// line is for debugging, if the answer is that it does.
func NoteProbe(ctx context.Context) {
	if e := eventOf(ctx); e != nil {
		e.mu.Lock()
		e.probe = true
		e.mu.Unlock()
	}
}

// NoteError puts err, with its cause, in the request's log line.
func NoteError(ctx context.Context, err error) {
	if e := eventOf(ctx); e != nil {
		e.mu.Lock()
		e.err = err
		e.mu.Unlock()
	}
}

// NoteStatus says which status an answer has that a handler writes to the connection
// itself.
func NoteStatus(ctx context.Context, status int) {
	if e := eventOf(ctx); e != nil {
		e.mu.Lock()
		e.status = status
		e.mu.Unlock()
	}
}

// Finished is what is known of a request once its answer is complete.
type Finished struct {
	Status int
	Size   int64 // of the answer's body
	Took   time.Duration
	Err    error // nil: none
}

// Line makes the log line of a request: its message and its facts.
type Line func(Finished) (message string, attrs []slog.Attr)

// NoteLine has line make the request's log line, in place of the usual one. An error
// is added to it.
func NoteLine(ctx context.Context, line Line) {
	if e := eventOf(ctx); e != nil {
		e.mu.Lock()
		e.line = line
		e.mu.Unlock()
	}
}

// Wrap returns a handler that calls next and observes the request.
func (o *Observer) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := o.now()
		e := &event{id: ids.UUID(), trustedHops: o.TrustedHops}
		e.attrs = e.room[:commonAttrs]
		if o.TrustScheme {
			e.scheme = o.PublicScheme
			if p := r.Header.Get("X-Forwarded-Proto"); p == "https" || p == "http" {
				e.scheme = p
			}
		}
		ctx := context.WithValue(r.Context(), eventKey{}, e)
		end := func(int) {}
		if o.Trace != nil {
			ctx, end = o.Trace(ctx, r.Method)
		}
		w.Header().Set("X-Request-Id", e.id)
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			p, seen := recover(), seen{ctx, r, e, sw, start, end}
			if e.goesOn() {
				go o.goOn(seen, p)
				return
			}
			if o.over(seen, p) {
				panic(p)
			}
		}()
		next.ServeHTTP(sw, r.WithContext(ctx))
	})
}

func (o *Observer) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// seen is a request that is being observed.
type seen struct {
	ctx    context.Context
	r      *http.Request
	event  *event
	answer *statusWriter
	start  time.Time
	end    func(status int) // of the span
}

// goOn calls what comes after the handler, of which p was recovered.
func (o *Observer) goOn(s seen, p any) {
	if p != nil && !isAbort(p) {
		o.panicked(s.ctx, s.answer, s.event, p)
	}
	defer func() { o.over(s, recover()) }()
	s.event.rest()
}

// over ends the observation of a request, of which p was recovered. It reports whether p
// is to cut the connection.
func (o *Observer) over(s seen, p any) (abort bool) {
	abort = p != nil && isAbort(p)
	if p != nil && !abort {
		o.panicked(s.ctx, s.answer, s.event, p)
	}
	s.answer.status = cmp.Or(s.answer.status, s.event.sent())
	if s.answer.status == 0 {
		s.answer.status = http.StatusOK
		if s.r.Context().Err() != nil {
			s.answer.status = StatusClientGone
		}
	}
	o.finish(s.ctx, s.r, s.event, s.answer, o.now().Sub(s.start))
	s.end(s.answer.status)
	return abort
}

// isAbort reports whether a panic is http.ErrAbortHandler. The reverse proxy
// raises it to cut the connection, and net/http's server expects it.
func isAbort(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// panicked logs a panic, and answers with 500 if nothing was written yet.
func (o *Observer) panicked(ctx context.Context, sw *statusWriter, e *event, p any) {
	o.Log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("request_id", e.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if sw.status == 0 {
		http.Error(sw, "Something went wrong on our side. Request "+e.id, http.StatusInternalServerError)
	}
}

func (o *Observer) finish(ctx context.Context, r *http.Request, e *event, sw *statusWriter, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := sw.status
	gone := r.Context().Err() != nil && errors.Is(e.err, context.Canceled)
	if gone {
		status = StatusClientGone
	}
	if o.Measure != nil {
		o.Measure(e.edge, status, took)
	}
	level := slog.LevelInfo
	switch {
	case e.err != nil && !gone:
		level = levelOf(e.err)
	case e.probe && status < 400:
		level = slog.LevelDebug
	}
	if !o.Log.Enabled(ctx, level) {
		return
	}
	message, attrs := "request", e.attrs
	if e.line != nil {
		message, attrs = e.line(Finished{Status: status, Size: sw.size, Took: took, Err: e.err})
	} else {
		e.fill(r, status, sw.size, took)
	}
	if e.err != nil {
		attrs = append(attrs, slog.String("error", e.err.Error()))
	}
	// A group without a name is no group in the line, and a Record holds it
	// without memory of its own. Nobody asks for the line of code.
	record := slog.NewRecord(time.Now(), level, message, 0)
	record.AddAttrs(slog.Attr{Value: slog.GroupValue(attrs...)})
	_ = o.Log.Handler().Handle(ctx, record) // slog drops it too
}

func (e *event) sent() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// fill fills in the facts that every usual line begins with.
func (e *event) fill(r *http.Request, status int, size int64, took time.Duration) {
	copy(e.attrs, []slog.Attr{
		slog.String("request_id", e.id), slog.String("edge", e.edge), slog.String("method", r.Method),
		slog.String("host", r.Host), slog.String("path", r.URL.Path), slog.Int("status", status),
		slog.Int64("size", size), slog.Float64("duration_ms", milliseconds(took)), slog.String("peer", r.RemoteAddr),
	})
}

// StatusClientGone stands in the log and the metrics for an answer that failed, or was not
// begun, only because the client had left: nobody saw its status. nginx has the same number.
// An answer that was begun keeps its status, also if the client leaves in the middle.
const StatusClientGone = 499

// milliseconds is a duration as logs have it, in an attribute whose name ends
// with _ms. Its precision is a microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// levelOf returns the level of a log line with err: Error for a failure of ours,
// Warn if another system could not be reached, Info for a refusal.
func levelOf(err error) slog.Level {
	switch fault.KindOf(err) {
	case fault.Internal:
		return slog.LevelError
	case fault.Unavailable:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// statusWriter keeps the status and the size of an answer for the log line.
type statusWriter struct {
	http.ResponseWriter
	status int
	size   int64
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.size += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and hijacking.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
