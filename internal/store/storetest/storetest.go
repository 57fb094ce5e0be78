// Package storetest says what storage must do, as one suite of tests that runs
// on every database. The interfaces are those of the engines; what their
// comments promise is tried here.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/access"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
)

// Store is everything that storage must be.
type Store interface {
	userpool.Store
	user.Store
	credential.Store
	token.Store
	signin.SpentStore
	session.Store
	message.OutboxStore
	operator.Store
	access.Store
	Ping(ctx context.Context) error
	Sweep(ctx context.Context, now time.Time) error
}

// Run tests a store, which open returns empty and closes when the test ends.
func Run(t *testing.T, open func(testing.TB) Store) {
	s := open(t)
	for _, group := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"Pools", testPools},
		{"Clients", testClients},
		{"Domains", testDomains},
		{"ResourceServers", testResourceServers},
		{"Users", testUsers},
		{"Aliases", testAliases},
		{"Lists", testLists},
		{"Groups", testGroups},
		{"Codes", testCodes},
		{"Attempts", testAttempts},
		{"Tokens", testTokens},
		{"AuthCodes", testAuthCodes},
		{"Sessions", func(t *testing.T, s Store) { RunSessions(t, s) }},
		{"Spent", testSpent},
		{"Outbox", testOutbox},
		{"Keys", testKeys},
		{"IdentityProviders", testIdentityProviders},
		{"TeamKeys", testTeamKeys},
		{"Sweep", testSweep},
		{"Concurrency", testConcurrency},
		{"Text", testText},
	} {
		t.Run(group.name, func(t *testing.T) { group.test(t, s) })
	}
}

// now is the suite's present: with microseconds, as they are kept, and in
// another zone, which is not.
var now = time.Date(2026, 3, 29, 1, 59, 59, 123456000, time.UTC).In(time.FixedZone("", 7200))

// kept is a time as it comes back.
func kept(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }

func ctx(t testing.TB) context.Context { return t.Context() }

// newPool makes a pool with a new id.
func newPool(t testing.TB, s Store) *userpool.Pool {
	t.Helper()
	p := &userpool.Pool{ID: userpool.NewPoolID("us-east-1"), Name: "staff", Created: kept(now), Modified: kept(now)}
	p.Settings.PasswordPolicy = userpool.DefaultPasswordPolicy()
	must(t, s.CreatePool(ctx(t), p))
	return p
}

// newClient makes an app client in the pool.
func newClient(t testing.TB, s Store, pool userpool.PoolID) *userpool.Client {
	t.Helper()
	c := &userpool.Client{ID: userpool.ClientID(ids.ClientID()), Pool: pool, Name: "web", Created: kept(now), Modified: kept(now)}
	must(t, s.CreateClient(ctx(t), c))
	return c
}

// aUser is a user that is not yet saved, whose username is a key.
func aUser(pool userpool.PoolID, name string) *user.User {
	return &user.User{
		Pool: pool, Sub: user.Sub(ids.UUID()), Username: name, Status: user.Confirmed, Enabled: true,
		Attributes: map[string]string{}, Created: kept(now), Modified: kept(now),
		Keys: []user.Key{{Kind: "username", Value: name}}, Search: map[string]string{},
	}
}

// withAlias gives an unsaved user an attribute that is a key as well.
func withAlias(u *user.User, kind, value string) *user.User {
	u.Attributes[kind], u.Attributes[kind+"_verified"] = value, "true"
	u.Keys = append(u.Keys, user.Key{Kind: kind, Value: value})
	u.Search[kind] = user.FoldSearch(value)
	return u
}

// newUser makes a user in the pool.
func newUser(t testing.TB, s Store, pool userpool.PoolID, name string) *user.User {
	t.Helper()
	u := aUser(pool, name)
	must(t, s.CreateUser(ctx(t), u, false))
	return u
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// have returns v, and fails the test when there is an error instead.
func have[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func wantSame(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: not as saved (-want +got):\n%s", what, diff)
	}
}

// errChange is what a change function returns that wants nothing saved.
var errChange = errors.New("changed my mind")

// race runs f n times at once and returns how many calls returned nil; every
// other error must be lost.
func race(t *testing.T, n int, lost error, f func(i int) error) int {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
		case lost == nil || !errors.Is(err, lost):
			t.Errorf("call %d: %v, want nil or %v", i, err, lost)
		}
	}
	return won
}

// pages reads a list to its end and returns the names in order.
func pages[T any](t testing.TB, limit int, read func(after string) ([]T, error), name func(T) string) []string {
	t.Helper()
	var names []string
	after := ""
	for range 1000 {
		page := have[[]T](t)(read(after))
		if len(page) > limit {
			t.Fatalf("a page has %d, want at most %d", len(page), limit)
		}
		for _, item := range page {
			after = name(item)
			names = append(names, after)
		}
		if len(page) < limit {
			return names
		}
	}
	t.Fatal("the list has no end")
	return nil
}

func numbered(prefix string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s%03d", prefix, i))
	}
	return names
}
