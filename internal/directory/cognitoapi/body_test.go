package cognitoapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/web"
)

// heldBody is a body of which all but the end arrives. It blocks until end is
// closed, and says on sent when it begins to.
type heldBody struct {
	left int64
	sent func()
	end  <-chan struct{}
}

func (b *heldBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		b.sent()
		<-b.end
		return 0, io.ErrUnexpectedEOF
	}
	n := min(int64(len(p)), b.left)
	clear(p[:n])
	b.left -= n
	return int(n), nil
}

func (*heldBody) Close() error { return nil }

// Callers who send most of a large body and never end it cannot fill the memory,
// and do not keep others out.
func TestUnfinishedBodiesDoNotFillTheMemory(t *testing.T) {
	const callers = 300
	for _, test := range []struct {
		name            string
		operation, key  string
		size, said      int64 // said: the Content-Length, -1: none
		most            int64 // bytes of memory
		refused, atMost int   // how many are refused at least, and how many wait for the rest
		exception       string
	}{
		{"unsigned, with its length", "InitiateAuth", "", 3_900_000, 4_000_000, 48 << 20, callers, 0, "RequestEntityTooLargeException"},
		{"unsigned, in chunks", "InitiateAuth", "", 3_900_000, -1, 320 << 20, callers, 0, "RequestEntityTooLargeException"},
		{"unsigned, of the size that is allowed", "InitiateAuth", "", 250_000, 260_000, 192 << 20, 100, 150, "TooManyRequestsException"},
		{"with a key that is unknown", "AdminGetUser", "AKIDNOBODY", 3_900_000, 4_000_000, 48 << 20, callers, 0, "RequestEntityTooLargeException"},
		{"with a key that exists", "AdminGetUser", "AKIDKNOWN", 3_900_000, 4_000_000, 256 << 20, 290, 9, "TooManyRequestsException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer()
			s.MaxBody = 0
			s.KnowsKey = knowsOne
			before := memory()
			end := make(chan struct{})
			var arrived, done sync.WaitGroup
			answers := make([]*httptest.ResponseRecorder, callers)
			for i := range callers {
				arrived.Add(1)
				once := sync.OnceFunc(arrived.Done)
				r := request(test.operation, &heldBody{left: test.size, sent: once, end: end}, test.said)
				r.Header.Set("Authorization", test.key)
				done.Go(func() {
					w := httptest.NewRecorder()
					s.ServeHTTP(w, r)
					answers[i] = w
					once()
				})
			}
			arrived.Wait()
			if used := memory() - before; used > test.most {
				t.Errorf("%d unfinished bodies take %d MiB, want %d at most", callers, used>>20, test.most>>20)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, request("InitiateAuth", io.NopCloser(strings.NewReader(`{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"c"}`)), 48))
			if got := w.Header().Get("x-amzn-ErrorType"); got == "TooManyRequestsException:" {
				t.Errorf("a small request meanwhile: %d %s", w.Code, w.Body)
			}
			close(end)
			done.Wait()
			refused := 0
			for _, w := range answers {
				switch got := w.Header().Get("x-amzn-ErrorType"); got {
				case test.exception + ":":
					refused++
				case "SerializationException:": // the body ended too early
				default:
					t.Fatalf("an unfinished body: %d %s", w.Code, w.Body)
				}
			}
			if refused < test.refused || callers-refused > test.atMost {
				t.Errorf("%d of %d were refused with %s, want %d at least; %d waited, want %d at most", refused, callers, test.exception, test.refused, callers-refused, test.atMost)
			}
			if err := errors.Join(hold(&s.inFlight.open, 1, 1), hold(&s.inFlight.known, 1, 1)); err != nil {
				t.Errorf("bodies count as in flight after the end: %v", err)
			}
		})
	}
}

// Callers whom nothing names fill what they may have, and those with an access key
// go on.
func TestUnfinishedBodiesOfStrangersKeepNoKnownCallerOut(t *testing.T) {
	s := newServer()
	s.KnowsKey = knowsOne
	if err := hold(&s.inFlight.open, maxInFlight, maxInFlight); err != nil {
		t.Fatal(err)
	}
	for key, busy := range map[string]bool{"AKIDKNOWN": false, "AKIDNOBODY": true, "": true} {
		for _, said := range []int64{20_000, -1} {
			r := request("AdminGetUser", io.NopCloser(strings.NewReader(strings.Repeat(" ", 20_000))), said)
			r.Header.Set("Authorization", key)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if got := w.Header().Get("x-amzn-ErrorType") == "TooManyRequestsException:"; got != busy {
				t.Errorf("key %q, length %d: refused as busy %v, want %v: %s", key, said, got, busy, w.Body)
			}
		}
	}
}

func knowsOne(_ context.Context, r *http.Request) (bool, error) {
	return r.Header.Get("Authorization") == "AKIDKNOWN", nil
}

// A large body of a caller whose access key can't be looked up was called too large.
func TestALargeBodyDuringAnOutageIsNotCalledTooLarge(t *testing.T) {
	s := newServer()
	s.KnowsKey = func(context.Context, *http.Request) (bool, error) {
		return false, fault.New(fault.Unavailable, "test_away", "10.0.0.7 is away.")
	}
	for size, want := range map[int64]int{10_000: http.StatusBadRequest, 20_000: http.StatusServiceUnavailable, 1 << 20: http.StatusServiceUnavailable, -1: http.StatusServiceUnavailable} {
		body := strings.Repeat(" ", int(max(size, 20_000)))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, request("AdminGetUser", io.NopCloser(strings.NewReader(body)), size))
		unavailable := w.Header().Get("Retry-After") != "" && w.Header().Get("x-amzn-ErrorType") == "ServiceUnavailableException:"
		if w.Code != want || unavailable != (want == http.StatusServiceUnavailable) || strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("%d bytes: got %d %v %s, want %d", size, w.Code, w.Header(), w.Body, want)
		}
	}
}

// hold reads a body that counts n bytes, and does not release it. The error is
// web.ErrBusy if more than all bytes are held then.
func hold(b *web.Bodies, n, all int64) error {
	r := httptest.NewRequest("POST", "/", io.LimitReader(zeros{}, web.FreeBody+n))
	b.Bound(httptest.NewRecorder(), r, web.FreeBody+n, all)
	_, err := io.Copy(io.Discard, r.Body)
	return err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// memory returns what the process has from the system.
func memory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

func request(operation string, body io.ReadCloser, length int64) *http.Request {
	r := httptest.NewRequest("POST", "/", body)
	r.ContentLength = length
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Amz-Target", targetPrefix+operation)
	return r
}
