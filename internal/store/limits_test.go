package store

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/pgtest"
)

// withParameters adds parameters to the URL of a database.
func withParameters(t *testing.T, database string, parameters ...string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20") // as libpq has it
	return u.String()
}

func openAt(t *testing.T, url string, o Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// lockedElsewhere creates the pool "p" and locks its row with a transaction of
// another session, which never ends by itself: what a frozen node looks like to
// the database.
func lockedElsewhere(t *testing.T, url string) {
	t.Helper()
	other := openAt(t, withParameters(t, url, "idle_in_transaction_session_timeout", "0"), Options{})
	if err := other.write(t.Context(), insertPool("p")); err != nil {
		t.Fatal(err)
	}
	frozen, err := other.engine.(*postgresEngine).db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { frozen.Rollback() })
	if _, err := frozen.Exec(`UPDATE pools SET name = 'frozen' WHERE id = 'p'`); err != nil {
		t.Fatal(err)
	}
}

func rename(ctx context.Context, s *Store, name string) error {
	_, err := s.UpdatePool(ctx, "p", func(p *userpool.Pool) error { p.Name = name; return nil })
	return err
}

// A lock that is never released costs a caller a limited time, whichever limit
// ends the wait. Readers do not notice, and nothing is written.
func TestLockHeldByAFrozenNodeEndsInUnavailable(t *testing.T) {
	for name, tt := range map[string]struct {
		parameters []string
		limit      time.Duration
	}{
		"lock":      {[]string{"lock_timeout", "50"}, 0},
		"statement": {[]string{"statement_timeout", "50"}, 0},
		"call":      {nil, 50 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.URL(t)
			lockedElsewhere(t, url)
			s := openAt(t, withParameters(t, url, tt.parameters...), Options{CallLimit: tt.limit})
			if err := rename(t.Context(), s, "late"); !errors.Is(err, ErrUnavailable) {
				t.Errorf("UpdatePool: %v, want %v", err, ErrUnavailable)
			}
			patient := openAt(t, url, Options{}) // a limit this short can end any call on a busy machine
			if p, err := patient.Pool(t.Context(), "p"); err != nil || p.Name != "" {
				t.Errorf("Pool: %+v, %v; want the pool as it was", p, err)
			}
			if err := patient.CreatePool(t.Context(), &userpool.Pool{ID: "q"}); err != nil {
				t.Errorf("CreatePool of another pool: %v", err)
			}
		})
	}
}

// The server ends the session of a node that stops in a transaction. A node that
// waited gets the lock, and the stopped one is told that it wrote nothing.
func TestFrozenNodeLosesItsLock(t *testing.T) {
	url := pgtest.URL(t)
	frozen := openAt(t, withParameters(t, url, "idle_in_transaction_session_timeout", "1000"), Options{})
	other := openAt(t, url, Options{})
	if err := other.write(t.Context(), insertPool("p")); err != nil {
		t.Fatal(err)
	}
	locked, thawed := make(chan struct{}), make(chan struct{})
	late := make(chan error, 1)
	go func() {
		_, err := frozen.UpdatePool(t.Context(), "p", func(p *userpool.Pool) error {
			close(locked)
			<-thawed
			p.Name = "frozen"
			return nil
		})
		late <- err
	}()
	<-locked
	if err := rename(t.Context(), other, "other"); err != nil {
		t.Errorf("UpdatePool of the other node: %v", err)
	}
	close(thawed)
	if err := <-late; !errors.Is(err, ErrUnavailable) {
		t.Errorf("UpdatePool of the frozen node: %v, want %v", err, ErrUnavailable)
	}
	if p, err := other.Pool(t.Context(), "p"); err != nil || p.Name != "other" {
		t.Errorf("Pool: %+v, %v; want the name that the other node wrote", p, err)
	}
}

// A server that accepts connections and then says nothing is noticed, and the
// calls that wait for one of its connections end, too.
func TestFrozenServerEndsInUnavailable(t *testing.T) {
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.Stop() })
	s := openAt(t, cluster.URL(), Options{Connections: 1, CallLimit: 200 * time.Millisecond})
	if err := s.write(t.Context(), insertPool("p")); err != nil {
		t.Fatal(err)
	}
	thaw, err := cluster.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]func() error{
		"Ping":  func() error { return s.Ping(t.Context()) },
		"Pool":  func() error { _, err := s.Pool(t.Context(), "p"); return err },
		"write": func() error { return rename(t.Context(), s, "late") },
		"again": func() error { return rename(t.Context(), s, "late") },
	}
	errs := make(chan error, len(calls))
	for _, call := range calls {
		go func() { errs <- call() }()
	}
	for range calls {
		if err := <-errs; !errors.Is(err, ErrUnavailable) {
			t.Errorf("a call while the server was frozen: %v, want %v", err, ErrUnavailable)
		}
	}
	if err := thaw(); err != nil {
		t.Fatal(err)
	}
	s.limit = callLimit // a limit this short can end any call on a busy machine
	if err := rename(t.Context(), s, "thawed"); err != nil {
		t.Errorf("UpdatePool after the server went on: %v", err)
	}
}

// What must not wait has connections of its own.
func TestReadinessDoesNotWaitForUsualWork(t *testing.T) {
	for name, url := range map[string]string{"SQLite": "sqlite::memory:", "PostgreSQL": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, url, Options{Connections: 1, Readers: 1})
			if err := s.write(t.Context(), insertPool("p")); err != nil {
				t.Fatal(err)
			}
			err := s.read(t.Context(), func(taken *tx) error {
				return taken.eachRow(func(scanner) error { // the only usual connection is in use
					_, err1 := s.Pool(t.Context(), "p")
					_, err2 := s.SigningKeys(t.Context(), "p")
					return errors.Join(s.Ping(t.Context()), err1, err2)
				}, `SELECT 1`)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// Every session has the limits. The URL may change them.
func TestSessionSettings(t *testing.T) {
	database := pgtest.URL(t)
	for name, tt := range map[string]struct {
		parameters []string
		want       map[string]string
	}{
		"by default": {nil, map[string]string{
			"statement_timeout": "8s", "lock_timeout": "7s", "idle_in_transaction_session_timeout": "5s"}},
		"of the URL": {[]string{"statement_timeout", "2000", "options", "-c lock_timeout=3s", "tcp_user_timeout", "9000"}, map[string]string{
			"statement_timeout": "2s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "5s", "tcp_user_timeout": "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, withParameters(t, database, tt.parameters...), Options{})
			for _, read := range []func(context.Context, func(*tx) error) error{s.read, s.readAtOnce, s.write} {
				for setting, want := range tt.want {
					var got string
					err := read(t.Context(), func(t *tx) error {
						return t.eachRow(func(row scanner) error { return row.Scan(&got) }, `SHOW `+setting)
					})
					if err != nil || got != want {
						t.Errorf("%s = %q, %v; want %q", setting, got, err, want)
					}
				}
			}
		})
	}
}

func TestWrongTCPUserTimeout(t *testing.T) {
	for _, value := range []string{"x", "-1", "5s"} {
		if _, err := Open(t.Context(), "postgres://a@b/c?tcp_user_timeout="+value, Options{}); !errors.Is(err, ErrURL) {
			t.Errorf("tcp_user_timeout=%s: %v, want %v", value, err, ErrURL)
		}
	}
}
