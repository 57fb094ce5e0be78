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
	header      [1]string // id, for the answer
	scheme      string
	trustedHops int
	answer      statusWriter

	mu     sync.Mutex
	edge   string
	noted  []slog.Attr
	err    error
	line   Line // nil: the usual one
	probe  bool
	status int    // that was sent past the ResponseWriter; 0: none
	rest   func() // see GoOn; nil: nothing
	// room is the first memory of noted. Most requests need no more.
	room [usualNotes]slog.Attr
}

// usualNotes is how many facts are noted of a request to an application, at most.
const usualNotes = 9

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
		e.noted = append(e.noted, attrs...)
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
		e := &event{id: ids.UUID(), trustedHops: o.TrustedHops, answer: statusWriter{ResponseWriter: w}}
		e.noted, e.header[0] = e.room[:0], e.id
		if o.TrustScheme {
			e.scheme = o.PublicScheme
			if p := r.Header.Get("X-Forwarded-Proto"); p == "https" || p == "http" {
				e.scheme = p
			}
		}
		ctx := with(r.Context(), e)
		end := func(int) {}
		if o.Trace != nil {
			ctx, end = o.Trace(ctx, r.Method)
		}
		w.Header()["X-Request-Id"] = e.header[:]
		defer func() {
			p, seen := recover(), seen{ctx, r, e, start, end}
			if e.goesOn() {
				go o.goOn(seen, p)
				return
			}
			if o.over(seen, p) {
				panic(p)
			}
		}()
		if ctx != r.Context() {
			next.ServeHTTP(&e.answer, r.WithContext(ctx))
			return
		}
		next.ServeHTTP(&e.answer, r)
	})
}

// roomy is the context of a request that has room for a value of whoever comes first.
type roomy interface {
	Keep(key, value any) bool // reports whether there was room
}

// with returns the context for what comes after the Observer: ctx itself, if it has room.
func with(ctx context.Context, e *event) context.Context {
	if r, ok := ctx.(roomy); ok && r.Keep(eventKey{}, e) {
		return ctx
	}
	return context.WithValue(ctx, eventKey{}, e)
}

func (o *Observer) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// seen is a request that is being observed.
type seen struct {
	ctx   context.Context
	r     *http.Request
	event *event
	start time.Time
	end   func(status int) // of the span
}

// goOn calls what comes after the handler, of which p was recovered.
func (o *Observer) goOn(s seen, p any) {
	if p != nil && !isAbort(p) {
		o.panicked(s.ctx, s.event, p)
	}
	defer func() { o.over(s, recover()) }()
	s.event.rest()
}

// over ends the observation of a request, of which p was recovered. It reports whether p
// is to cut the connection.
func (o *Observer) over(s seen, p any) (abort bool) {
	abort = p != nil && isAbort(p)
	if p != nil && !abort {
		o.panicked(s.ctx, s.event, p)
	}
	answer := &s.event.answer
	answer.status = cmp.Or(answer.status, s.event.sent())
	if answer.status == 0 {
		answer.status = http.StatusOK
		if s.r.Context().Err() != nil {
			answer.status = StatusClientGone
		}
	}
	o.finish(s)
	s.end(answer.status)
	return abort
}

// isAbort reports whether a panic is http.ErrAbortHandler. The reverse proxy
// raises it to cut the connection, and net/http's server expects it.
func isAbort(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

// panicked logs a panic, and answers with 500 if nothing was written yet.
func (o *Observer) panicked(ctx context.Context, e *event, p any) {
	o.Log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("request_id", e.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if e.answer.status == 0 {
		http.Error(&e.answer, "Something went wrong on our side. Request "+e.id, http.StatusInternalServerError)
	}
}

func (o *Observer) finish(s seen) {
	e, now := s.event, o.now()
	e.mu.Lock()
	defer e.mu.Unlock()
	done := Finished{Status: e.answer.status, Size: e.answer.size, Took: now.Sub(s.start), Err: e.err}
	gone := errors.Is(e.err, context.Canceled) && s.r.Context().Err() != nil
	if gone {
		done.Status = StatusClientGone
	}
	if o.Measure != nil {
		o.Measure(e.edge, done.Status, done.Took)
	}
	level := slog.LevelInfo
	switch {
	case e.err != nil && !gone:
		level = levelOf(e.err)
	case e.probe && done.Status < 400:
		level = slog.LevelDebug
	}
	if !o.Log.Enabled(s.ctx, level) {
		return
	}
	if e.line != nil {
		message, attrs := e.line(done)
		o.write(s.ctx, now, level, message, e.withError(attrs))
		return
	}
	room := o.lines()
	attrs := append(e.appendFacts((*room)[:0], s.r, done), e.noted...)
	*room = e.withError(attrs)
	o.write(s.ctx, now, level, "request", *room)
	o.release(room)
}

// write writes a line. A group without a name is no group in it, and a Record holds it
// without memory of its own. Nobody asks for the line of code.
func (o *Observer) write(ctx context.Context, now time.Time, level slog.Level, message string, attrs []slog.Attr) {
	record := slog.NewRecord(now, level, message, 0)
	record.AddAttrs(slog.Attr{Value: slog.GroupValue(attrs...)})
	_ = o.Log.Handler().Handle(ctx, record) // slog drops it too
}

// withError adds the error of the request.
func (e *event) withError(attrs []slog.Attr) []slog.Attr {
	if e.err == nil {
		return attrs
	}
	return append(attrs, slog.String("error", e.err.Error()))
}

func (e *event) sent() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.status
}

// appendFacts appends the facts that every usual line begins with.
func (e *event) appendFacts(attrs []slog.Attr, r *http.Request, done Finished) []slog.Attr {
	return append(attrs,
		slog.String("request_id", e.id), slog.String("edge", e.edge), slog.String("method", r.Method),
		slog.String("host", r.Host), slog.String("path", r.URL.Path), slog.Int("status", done.Status),
		slog.Int64("size", done.Size), slog.Float64("duration_ms", milliseconds(done.Took)), slog.String("peer", r.RemoteAddr),
	)
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
