package signin_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
	"gatehouse/internal/testing/pgtest"
)

// wire stands between a program and PostgreSQL, and counts the round trips: how often
// the program speaks after the server did.
type wire struct {
	t       *testing.T
	target  string // the socket of the server
	mu      sync.Mutex
	trips   int
	answers bool // the server spoke last
}

// newWire returns a wire, and the URL of an empty database behind it.
func newWire(t *testing.T) (*wire, string) {
	t.Helper()
	const socket = ".s.PGSQL.5432"
	u, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("/tmp", "wire-") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	parameters := u.Query()
	w := &wire{t: t, target: filepath.Join(parameters.Get("host"), socket), answers: true}
	parameters.Set("host", dir)
	u.RawQuery = parameters.Encode()
	listener, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go w.serve(listener)
	return w, u.String()
}

func (w *wire) serve(l net.Listener) {
	for {
		program, err := l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", w.target)
		if err != nil {
			program.Close()
			continue
		}
		go w.carry(server, program, false)
		go w.carry(program, server, true)
	}
}

// carry carries what one side says.
func (w *wire) carry(to, from net.Conn, answers bool) {
	defer to.Close()
	_, _ = io.Copy(io.MultiWriter(w.note(answers), to), from)
}

type noted func()

func (n noted) Write(b []byte) (int, error) { n(); return len(b), nil }

func (w *wire) note(answers bool) io.Writer {
	return noted(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.answers && !answers {
			w.trips++
		}
		w.answers = answers
	})
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.trips
}

// A database on another machine answers after a millisecond or so: what counts is how
// often it is asked. Each call loads its client and pool as the API does.
func TestASignInAsksPostgreSQLThreeTimes(t *testing.T) { testRoundTrips(t, userpool.Settings{}) }

// A second factor that the user does not have costs the sign-in no question.
func TestMFAThatNobodyHasAsksNothingMore(t *testing.T) {
	testRoundTrips(t, withMFA(userpool.MFAOptional, allFactors()...))
}

func testRoundTrips(t *testing.T, pool userpool.Settings) {
	w, database := newWire(t)
	d := enginetest.Open(t, database, pool)
	b := &bench{Directory: d, t: t, c: d.MustClient(userpool.ClientSettings{})}
	alice := b.MustUser("alice", "email", mail)
	d.AddGroups(alice.Sub, &user.Group{Name: "staff"})
	rotating := *b
	rotating.c = d.MustClient(userpool.ClientSettings{AuthFlows: []string{userpool.FlowUserPassword}, RefreshRotation: &userpool.RefreshRotation{On: true}})
	var last, rotated seal.Secret
	sign := func() (*signin.Outcome, error) { return b.password("alice", right) }
	for _, step := range []struct {
		name  string
		b     *bench
		start func() func() (*signin.Outcome, error)
	}{
		{"password", b, func() func() (*signin.Outcome, error) { return sign }},
		{"SRP", b, func() func() (*signin.Outcome, error) { return b.startSRP("alice", right).answer }},
		{"refresh", b, func() func() (*signin.Outcome, error) {
			out, err := sign()
			if err != nil {
				t.Fatal(err)
			}
			last = out.Tokens.Refresh
			return func() (*signin.Outcome, error) {
				return b.initiate("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", last.Reveal())
			}
		}},
		{"refresh with rotation", &rotating, func() func() (*signin.Outcome, error) {
			out, err := rotating.password("alice", right)
			if err != nil {
				t.Fatal(err)
			}
			rotated = out.Tokens.Refresh
			return func() (*signin.Outcome, error) { return rotating.renew(rotated) }
		}},
	} {
		for _, first := range []bool{true, false} { // the first time, statements are prepared
			call := step.start()
			before := w.count()
			_, _, err := d.Pools.ClientAndPool(t.Context(), step.b.c.ID)
			out, failed := call()
			if err := errors.Join(err, failed); err != nil || out.Tokens == nil {
				t.Fatalf("%s: %+v, %v", step.name, out, err)
			}
			if n := w.count() - before; !first && (n == 0 || n > 3) {
				t.Errorf("%s asks PostgreSQL %d times, want 1 to 3", step.name, n)
			}
		}
	}
}
