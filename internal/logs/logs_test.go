package logs

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"gatehouse/internal/base/seal"
)

const (
	group  = "arn:aws:logs:eu-west-1:000000000000:log-group:/users"
	stream = "us-east-1_Pool"
)

var (
	at    = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	entry = Entry{Stream: stream, At: at, Text: []byte(`{"a":1}`)}
)

func clock() time.Time { return at }

// wire answers requests with a function, and keeps them.
type wire struct {
	mu       sync.Mutex
	answer   func(r *http.Request, body string) (int, string)
	requests []*http.Request
	bodies   []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.requests, w.bodies = append(w.requests, r), append(w.bodies, string(body))
	status, text := w.answer(r, string(body))
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func parse(t *testing.T, text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestAFileGetsALineForEachEntry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.log")
	f := NewFile(path)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := f.put(t.Context(), group, entry); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != strings.Repeat("{\"a\":1}\n", 50) {
		t.Errorf("the file has %q, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := NewFile(path+"/x").put(t.Context(), group, entry); err == nil {
		t.Error("an entry went to a file that cannot be")
	}
}

// A pipe would block who opens it without a reader, and who writes when it is full.
func TestAFileThatIsNotRegularIsRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := NewFile(pipe).put(t.Context(), group, entry); !errors.Is(err, errIrregular) {
		t.Errorf("a pipe without a reader: %v", err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, path := range []string{pipe, os.DevNull} {
		if err := NewFile(path).put(t.Context(), group, entry); !errors.Is(err, errIrregular) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// fake is a file that writes with a function.
type fake func(p []byte) (int, error)

func (f fake) Write(p []byte) (int, error) { return f(p) }
func (f fake) Close() error                { return nil }

func TestAFileThatHangsHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frozen, writes := make(chan struct{}), 0
		f := NewFile("")
		f.open = func() (io.WriteCloser, bool, error) {
			return fake(func(p []byte) (int, error) { writes++; <-frozen; return len(p), nil }), false, nil
		}
		put := func(patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			return f.put(ctx, group, entry)
		}
		var waiting sync.WaitGroup
		for range 16 {
			waiting.Go(func() {
				if err := put(time.Second); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("put = %v, want the end of its context", err)
				}
			})
		}
		waiting.Wait()
		synctest.Wait()
		began := time.Now()
		if err := put(time.Second); !errors.Is(err, errStuck) || time.Since(began) != 0 || writes != 1 {
			t.Errorf("put = %v after %s, with %d writes: want to be refused at once", err, time.Since(began), writes)
		}
		close(frozen)
		synctest.Wait()
		if err := put(time.Second); err != nil {
			t.Errorf("put = %v after the file moves again", err)
		}
	})
}

func TestAShortWriteDoesNotSpoilTheNextLine(t *testing.T) {
	var text bytes.Buffer
	room, full := 3, errors.New("full")
	f := NewFile("")
	f.open = func() (io.WriteCloser, bool, error) {
		torn, err := endsWithinLine(bytes.NewReader(text.Bytes()), int64(text.Len()))
		return fake(func(p []byte) (int, error) {
			n := min(room, len(p))
			text.Write(p[:n])
			if n < len(p) {
				return n, full
			}
			return n, nil
		}), torn, err
	}
	for _, room = range []int{3, 0} {
		if err := f.put(t.Context(), group, entry); !errors.Is(err, full) {
			t.Errorf("put = %v, want %v", err, full)
		}
	}
	room = 100
	for range 2 {
		if err := f.put(t.Context(), group, entry); err != nil {
			t.Error(err)
		}
	}
	if want := "{\"a\n{\"a\":1}\n{\"a\":1}\n"; text.String() != want {
		t.Errorf("the file has %q, want %q", text.String(), want)
	}
}

// A process that was killed while it wrote leaves a part of a line. The next one must
// not add its first entry to it.
func TestALineThatAKillToreIsEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.log")
	for before, want := range map[string]string{"": "{\"a\":1}\n", "{\"b\":2}\n": "{\"b\":2}\n{\"a\":1}\n", "{\"b\":2}\n{\"b": "{\"b\":2}\n{\"b\n{\"a\":1}\n"} {
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := NewFile(path).put(t.Context(), group, entry); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q became %q, %v; want %q", before, got, err, want)
		}
	}
}

// signed returns the signature of a body with the time of the tests and the id that a
// signature has. It is written from the documentation, not from the code that it tests.
func signed(secret seal.Secret, with, body string) string {
	_, rest, _ := strings.Cut(with, "id=")
	id, _, _ := strings.Cut(rest, ",")
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	io.WriteString(mac, seconds+"."+id+"."+body)
	return "t=" + seconds + ",id=" + id + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

func TestAWebhookGetsASignedPost(t *testing.T) {
	status := 204
	w := &wire{answer: func(*http.Request, string) (int, string) { return status, "" }}
	hook := &Webhook{URL: parse(t, "https://logs.example.com/in"), Secret: "0123456789abcdef0123456789abcdef", Client: &http.Client{Transport: w}, Now: clock}
	if err := hook.put(t.Context(), group, entry); err != nil {
		t.Fatal(err)
	}
	r := w.requests[0]
	if r.Method != "POST" || r.URL.String() != "https://logs.example.com/in" || w.bodies[0] != `{"a":1}` || r.Header.Get("Gatehouse-Destination") != group ||
		r.Header.Get(seal.SignatureHeader) != signed(hook.Secret, r.Header.Get(seal.SignatureHeader), w.bodies[0]) {
		t.Errorf("request %v %q", r, w.bodies[0])
	}
	for _, status = range []int{302, 400, 500} {
		if err := hook.put(t.Context(), group, entry); err == nil {
			t.Errorf("status %d counts as delivered", status)
		}
	}
}

func TestCloudWatchGetsEventsAndTheStreamIsMade(t *testing.T) {
	made := false
	w := &wire{answer: func(r *http.Request, _ string) (int, string) {
		switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "Logs_20140328.") {
		case "PutLogEvents":
			if !made {
				return 400, `{"__type":"com.amazonaws.logs#ResourceNotFoundException","message":"The specified log stream does not exist."}`
			}
			return 200, `{}`
		case "CreateLogStream":
			made = true
			return 200, ``
		}
		return 400, ""
	}}
	c := &CloudWatch{Endpoint: parse(t, "https://logs.eu-west-1.amazonaws.com"), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "s3cret", ""), Client: &http.Client{Transport: w}, Now: clock}
	for range 2 {
		if err := c.put(t.Context(), group, entry); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.requests) != 4 {
		t.Fatalf("%d requests, want 4: put, create, put, put", len(w.requests))
	}
	var got putLogEvents
	if err := json.Unmarshal([]byte(w.bodies[3]), &got); err != nil || got.Group != "/users" || got.Stream != stream || len(got.Events) != 1 || got.Events[0] != (logEvent{at.UnixMilli(), `{"a":1}`}) {
		t.Errorf("PutLogEvents %s, %v", w.bodies[3], err)
	}
	if signed := w.requests[0].Header.Get("Authorization"); !strings.Contains(signed, "Credential=AKIAEXAMPLE/20260304/eu-west-1/logs/aws4_request") || strings.Contains(signed, "s3cret") {
		t.Errorf("Authorization %q", signed)
	}
	w.answer = func(*http.Request, string) (int, string) { return 400, `{"__type":"AccessDeniedException"}` }
	if err := c.put(t.Context(), group, entry); err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
		t.Errorf("a refusal: %v", err)
	}
	w.answer = func(*http.Request, string) (int, string) { return 400, `{"__type":"ResourceNotFoundException"}` }
	if err := c.put(t.Context(), group, entry); err == nil {
		t.Error("an entry for a group that does not exist counts as delivered")
	}
	for _, arn := range []string{"arn:aws:s3:::bucket", "arn:aws:logs:eu-west-1:0:stream:x", ""} {
		if err := c.put(t.Context(), arn, entry); err == nil {
			t.Errorf("an entry for %q counts as delivered", arn)
		}
	}
}

// kept is a target that keeps the ARNs.
type kept struct {
	arns []string
	err  error
}

func (k *kept) put(_ context.Context, arn string, _ Entry) error {
	k.arns = append(k.arns, arn)
	return k.err
}

func TestWhatCannotBeDeliveredIsCountedAndLogged(t *testing.T) {
	exact, start, all := &kept{}, &kept{}, &kept{err: errors.New("no route")}
	var out bytes.Buffer
	counts, busy := map[bool]int{}, false
	x := &Exporter{
		Destinations: []Destination{{"arn:aws:logs:*", all}, {group + "*", start}, {group, exact}},
		After: func(_ time.Duration, task func(context.Context)) bool {
			if !busy {
				task(t.Context())
			}
			return !busy
		},
		Log: slog.New(slog.NewTextHandler(&out, nil)), Count: func(delivered bool) { counts[delivered]++ },
	}
	for _, arn := range []string{group, group + "-2", "arn:aws:logs:us-east-1:0:log-group:x", "arn:aws:s3:::bucket"} {
		x.Deliver(t.Context(), arn, entry.Stream, entry.At, entry.Text)
	}
	busy = true
	x.Deliver(t.Context(), group, entry.Stream, entry.At, entry.Text)
	if len(exact.arns) != 1 || len(start.arns) != 1 || len(all.arns) != 1 || counts[true] != 2 || counts[false] != 3 {
		t.Errorf("delivered %v %v %v, counts %v", exact.arns, start.arns, all.arns, counts)
	}
	for _, want := range []string{"no route", "too many entries wait", "does not say where it is", "pool=" + stream} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), `"a"`) {
		t.Error("the log has the entry itself")
	}
	if !x.Resolves(group) || x.Resolves("arn:aws:s3:::bucket") {
		t.Error("Resolves")
	}
}
