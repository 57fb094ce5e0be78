// Package storetest is a suite of tests for the storage interfaces of all
// engines. It tests what the comments of those interfaces promise. The suite
// runs on each database, so that both behave alike.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/autocert"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/access"
	gatewaydevice "gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
)

// Store combines all storage interfaces.
type Store interface {
	userpool.Store
	userimport.Store
	ratelimit.Store
	user.Store
	branding.Store
	credential.Store
	device.Store
	risk.Store
	token.Store
	transfer.Store
	signin.SpentStore
	signin.LookStore
	session.Store
	gatewaydevice.Store
	message.OutboxStore
	operator.Store
	access.Store
	relyingparty.PageStore
	autocert.Store
	KeepSpent(ctx context.Context, prefix string, most int) error
	Ping(ctx context.Context) error
	Empty(ctx context.Context) (bool, error)
	Mark(ctx context.Context) ([]byte, error)
	KeepMark(ctx context.Context, mark []byte) ([]byte, error)
	ReplaceMark(ctx context.Context, before, next []byte) error
	SealedSamples(ctx context.Context) ([][]byte, error)
	Sweep(ctx context.Context, now time.Time) error
}

// Run tests a store. open returns an empty store with [Issuer] that keeps three
// counts of unknown names, and closes it when the test ends.
func Run(t *testing.T, open func(testing.TB) Store) {
	t.Run("Empty", func(t *testing.T) { testEmpty(t, open) })
	t.Run("UnknownNames", func(t *testing.T) { testUnknownNames(t, open(t)) })
	t.Run("Mark", func(t *testing.T) { testMark(t, open(t)) })
	s := open(t)
	for _, group := range []struct {
		name string
		test func(*testing.T, Store)
	}{
		{"ACME", testACME},
		{"Pools", testPools},
		{"Clients", testClients},
		{"Domains", testDomains},
		{"ResourceServers", testResourceServers},
		{"PoolProviders", testPoolProviders},
		{"SAMLKeys", testSAMLKeys},
		{"Users", testUsers},
		{"ReadAtOnce", testReadAtOnce},
		{"Imports", testImports},
		{"RateLimits", testRateLimits},
		{"Devices", testDevices},
		{"Transfers", testTransfers},
		{"RiskConfigurations", testRiskConfigurations},
		{"AuthEvents", testAuthEvents},
		{"Aliases", testAliases},
		{"Lists", testLists},
		{"Groups", testGroups},
		{"Identities", testIdentities},
		{"Styles", testStyles},
		{"Customizations", testCustomizations},
		{"Terms", testTerms},
		{"Codes", testCodes},
		{"PasswordHistory", testPasswordHistory},
		{"PasswordsOfOneMoment", testPasswordsOfOneMoment},
		{"Attempts", testAttempts},
		{"Tokens", testTokens},
		{"Ends", testEnds},
		{"AuthCodes", testAuthCodes},
		{"Sessions", func(t *testing.T, s Store) { RunSessions(t, s) }},
		{"GatewayDevices", testGatewayDevices},
		{"FailedEnd", testFailedEnd},
		{"Follow", testFollow},
		{"Spent", testSpent},
		{"Pages", testPages},
		{"KeepSpent", testKeepSpent},
		{"Outbox", testOutbox},
		{"Keys", testKeys},
		{"ServiceAccounts", testServiceAccounts},
		{"IdentityProviders", testIdentityProviders},
		{"TeamKeys", testTeamKeys},
		{"Sweep", testSweep},
		{"Concurrency", testConcurrency},
		{"Text", testText},
	} {
		t.Run(group.name, func(t *testing.T) { group.test(t, s) })
	}
}

// now is the current time of the suite. It has microseconds, which are stored,
// and a time zone, which is not stored.
var now = time.Date(2026, 3, 29, 1, 59, 59, 123456000, time.UTC).In(time.FixedZone("", 7200))

// asStored returns t as a store returns it.
func asStored(t time.Time) time.Time { return t.Truncate(time.Microsecond).UTC() }

func ctx(t testing.TB) context.Context { return t.Context() }

// newPool creates a pool with a new id.
func newPool(t testing.TB, s Store) *userpool.Pool {
	t.Helper()
	p := &userpool.Pool{ID: userpool.NewPoolID("us-east-1"), Name: "staff", Created: asStored(now), Modified: asStored(now)}
	p.Settings.PasswordPolicy = userpool.DefaultPasswordPolicy()
	must(t, s.CreatePool(ctx(t), p))
	return p
}

// newClient creates an app client in the pool.
func newClient(t testing.TB, s Store, pool userpool.PoolID) *userpool.Client {
	t.Helper()
	c := &userpool.Client{ID: userpool.ClientID(ids.ClientID()), Pool: pool, Name: "web", Created: asStored(now), Modified: asStored(now)}
	must(t, s.CreateClient(ctx(t), c))
	return c
}

// unsavedUser returns a user who can sign in with the username. The user is not
// yet saved.
func unsavedUser(pool userpool.PoolID, name string) *user.User {
	return &user.User{
		Pool: pool, Sub: user.Sub(ids.UUID()), Username: name, Status: user.Confirmed, Enabled: true,
		Attributes: map[string]string{}, Created: asStored(now), Modified: asStored(now),
		Keys: []user.Key{{Kind: "username", Value: name}}, Search: map[string]string{},
	}
}

// withAlias gives a user a verified attribute with which the user can sign in.
func withAlias(u *user.User, kind, value string) *user.User {
	u.Attributes[kind], u.Attributes[kind+"_verified"] = value, "true"
	u.Keys = append(u.Keys, user.Key{Kind: kind, Value: value})
	u.Search[kind] = user.FoldSearch(value)
	return u
}

// newUser creates a user in the pool.
func newUser(t testing.TB, s Store, pool userpool.PoolID, name string) *user.User {
	t.Helper()
	u := unsavedUser(pool, name)
	must(t, s.CreateUser(ctx(t), u, false))
	return u
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustGet returns a function that returns v, and fails the test if err is not
// nil. Example: mustGet[*user.User](t)(s.User(ctx, pool, sub)).
func mustGet[T any](t testing.TB) func(v T, err error) T {
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

func wantEqual(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: wrong value (-want +got):\n%s", what, diff)
	}
}

// errChange is the error of a change function. The store must then save nothing.
var errChange = errors.New("changed my mind")

// race calls f n times at once and returns the number of calls that returned
// nil. All other calls must return the error lost.
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

// readPages reads all pages of a list and returns the names in their order.
func readPages[T any](t testing.TB, limit int, read func(after string) ([]T, error), name func(T) string) []string {
	t.Helper()
	var names []string
	after := ""
	for range 1000 {
		page := mustGet[[]T](t)(read(after))
		if len(page) > limit {
			t.Fatalf("a page has %d items, want at most %d", len(page), limit)
		}
		for _, item := range page {
			after = name(item)
			names = append(names, after)
		}
		if len(page) < limit {
			return names
		}
	}
	t.Fatal("the list did not end after 1000 pages")
	return nil
}

func numberedNames(prefix string, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%s%03d", prefix, i))
	}
	return names
}
