package ratelimit_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/store"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// world is a store and a clock, which nodes share.
type world struct {
	*enginetest.Clock
	store *store.Store
	t     *testing.T
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite::memory:", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &world{enginetest.NewClock(enginetest.Start), s, t}
}

func (w *world) node(changes ...func(*ratelimit.Config)) *ratelimit.Engine {
	c := ratelimit.Config{Store: w.store, Now: w.Now, CognitosDefaults: true}
	for _, change := range changes {
		change(&c)
	}
	return ratelimit.New(c)
}

func limits(by map[string]int) func(*ratelimit.Config) {
	return func(c *ratelimit.Config) { c.Limits = by }
}

// taken sends n requests and returns how many were answered.
func (w *world) taken(e *ratelimit.Engine, category string, n int) (answered int) {
	w.t.Helper()
	for range n {
		switch err := e.Take(category); {
		case err == nil:
			answered++
		case !errors.Is(err, ratelimit.ErrRate):
			w.t.Fatal(err)
		}
	}
	return answered
}

func (w *world) want(what string, got, want int) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s: %d requests were answered, want %d", what, got, want)
	}
}

func (w *world) follow(nodes ...*ratelimit.Engine) {
	w.t.Helper()
	for _, e := range nodes {
		if err := e.Follow(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestDefaults(t *testing.T) {
	for category, want := range map[string]int{
		"UserAuthentication": 120, "UserAuthenticationAnswers": 360, "UserCreation": 50, "UserFederation": 25, "UserAccountRecovery": 30, "UserRead": 120, "UserUpdate": 25,
		"UserToken": 120, "UserResourceRead": 50, "UserResourceUpdate": 25, "UserList": 30, "UserPoolRead": 15, "UserPoolUpdate": 15, "UserPoolResourceRead": 20,
		"UserPoolResourceUpdate": 15, "UserPoolClientRead": 15, "UserPoolClientUpdate": 15, "ClientAuthentication": 150, "LimitManagement": 1,
	} {
		if named := category != ratelimit.UserAuthenticationAnswers; configurable(category) != named {
			t.Errorf("the configuration takes a limit of %s: %v, want %v", category, !named, named)
		}
		w := newWorld(t)
		e := w.node()
		w.want(category, w.taken(e, category, 500), want)
		w.Advance(500 * time.Millisecond)
		w.want(category+" half a second later", w.taken(e, category, 500), want/2)
		w.Advance(time.Hour)
		w.want(category+" an hour later", w.taken(e, category, 500), want)
	}
}

// configurable reports whether the configuration takes a limit of the category.
func configurable(category string) bool {
	text := "directory: {url: 'https://id.example.com', rate_limits: {" + category + ": 1}}\n"
	c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(text)})
	return err == nil && c.Directory.RateLimits[category] == 1
}

func TestCategoriesDoNotShareALimit(t *testing.T) {
	w := newWorld(t)
	e := w.node()
	w.taken(e, ratelimit.UserCreation, 1000)
	w.want("UserRead", w.taken(e, ratelimit.UserRead, 1), 1)
	w.want("no category", w.taken(e, "", 1000), 1000)
}

func TestConfiguredLimits(t *testing.T) {
	w := newWorld(t)
	e := w.node(limits(map[string]int{ratelimit.UserAuthentication: 2, ratelimit.UserList: 200}))
	w.want("UserAuthentication", w.taken(e, ratelimit.UserAuthentication, 1000), 2)
	w.want("UserAuthenticationAnswers", w.taken(e, ratelimit.UserAuthenticationAnswers, 1000), 6)
	w.want("UserList", w.taken(e, ratelimit.UserList, 1000), 200)
	w.want("UserCreation", w.taken(e, ratelimit.UserCreation, 1000), 50)

	e = w.node(limits(map[string]int{ratelimit.UserList: 3}), unlimited)
	w.want("UserList without the defaults", w.taken(e, ratelimit.UserList, 1000), 3)
	for _, free := range []string{ratelimit.UserAuthentication, ratelimit.UserAuthenticationAnswers} {
		w.want(free+" without the defaults", w.taken(e, free, 1000), 1000)
	}
}

// A node followed nothing for as long as its clock had been set back.
func TestAClockThatIsSetBack(t *testing.T) {
	w := newWorld(t)
	e, other := w.node(), w.node()
	busy := func(n *ratelimit.Engine) { w.taken(n, ratelimit.UserRead, 1000) }
	busy(e)
	busy(other)
	w.Advance(time.Second)
	w.follow(other, e)
	w.Advance(-time.Hour)
	busy(e)
	w.follow(e) // the other node is gone, and what it said is of a later time
	w.Advance(time.Second)
	w.want("the whole limit", w.taken(e, ratelimit.UserRead, 1000), 120)
}

func unlimited(c *ratelimit.Config) { c.CognitosDefaults = false }

// A category without a limit has one as soon as the API asks for it.
func TestProvisionWithoutDefaults(t *testing.T) {
	w := newWorld(t)
	e, other := w.node(unlimited), w.node(unlimited)
	free := ratelimit.Limit{Category: "UserRead", Default: 120, Provisioned: ratelimit.Unlimited, Maximum: ratelimit.Unlimited}
	if got, err := e.Limit(t.Context(), ratelimit.UserRead); err != nil || got != free {
		t.Errorf("Limit = %+v, %v, want %+v", got, err, free)
	}
	if got, err := e.Provision(t.Context(), ratelimit.UserRead, 200); err != nil || got.Provisioned != 200 {
		t.Errorf("Provision = %+v, %v, want 200", got, err)
	}
	w.want("here", w.taken(e, ratelimit.UserRead, 1000), 200)
	other.Take(ratelimit.UserRead)
	w.Advance(time.Second)
	w.follow(other)
	w.want("elsewhere", w.taken(other, ratelimit.UserRead, 1000), 200)
}

func TestProvision(t *testing.T) {
	w := newWorld(t)
	raised := limits(map[string]int{ratelimit.UserRead: 500, ratelimit.UserAuthentication: 500, ratelimit.UserCreation: 10})
	e, other := w.node(raised), w.node(raised)
	limit := func(category string, want ratelimit.Limit) {
		t.Helper()
		if got, err := e.Limit(t.Context(), category); err != nil || got != want {
			t.Errorf("Limit = %+v, %v, want %+v", got, err, want)
		}
	}
	limit(ratelimit.UserRead, ratelimit.Limit{Category: "UserRead", Default: 120, Provisioned: 500, Maximum: 500})
	limit(ratelimit.UserCreation, ratelimit.Limit{Category: "UserCreation", Default: 10, Provisioned: 10, Maximum: 10})
	limit(ratelimit.UserToken, ratelimit.Limit{Category: "UserToken", Default: 120, Provisioned: 120, Maximum: 120})
	for _, c := range []struct {
		category string
		value    int64
		want     int
		err      error
	}{
		{ratelimit.UserRead, 300, 300, nil}, {ratelimit.UserRead, 500, 500, nil}, {ratelimit.UserRead, 1, 120, nil}, {ratelimit.UserRead, 200, 200, nil},
		{ratelimit.UserRead, 501, 0, ratelimit.ErrLimitMaximum}, {ratelimit.UserRead, 0, 0, ratelimit.ErrLimitValue}, {ratelimit.UserRead, -1, 0, ratelimit.ErrLimitValue},
		{ratelimit.UserList, 30, 0, ratelimit.ErrLimitNotFound}, {ratelimit.UserAuthenticationAnswers, 30, 0, ratelimit.ErrLimitNotFound}, {"none", 1, 0, ratelimit.ErrLimitNotFound},
		{ratelimit.UserCreation, 1, 10, nil}, {ratelimit.UserCreation, 50, 0, ratelimit.ErrLimitMaximum}, {ratelimit.UserAuthentication, 150, 150, nil},
	} {
		got, err := e.Provision(t.Context(), c.category, c.value)
		if !errors.Is(err, c.err) || got.Provisioned != c.want {
			t.Errorf("Provision(%s, %d) = %+v, %v, want %d, %v", c.category, c.value, got, err, c.want, c.err)
		}
	}
	limit(ratelimit.UserRead, ratelimit.Limit{Category: "UserRead", Default: 120, Provisioned: 200, Maximum: 500})
	w.want("here", w.taken(e, ratelimit.UserRead, 1000), 200)
	w.want("answers", w.taken(e, ratelimit.UserAuthenticationAnswers, 2000), 450)
	w.want("elsewhere, before the node knows", w.taken(other, ratelimit.UserRead, 1000), 500)
	w.Advance(time.Second)
	w.follow(other)
	w.Advance(10 * time.Second)
	w.follow(other) // the other node is silent
	w.want("elsewhere", w.taken(other, ratelimit.UserRead, 1000), 200)
	w.want("answers elsewhere", w.taken(other, ratelimit.UserAuthenticationAnswers, 2000), 450)
	w.want("after a restart", func() int {
		e := w.node(raised)
		e.Take(ratelimit.UserRead)
		w.Advance(time.Second)
		w.follow(e)
		return w.taken(e, ratelimit.UserRead, 1000)
	}(), 200)
}

func TestNodesShareALimit(t *testing.T) {
	w := newWorld(t)
	a, b, idle := w.node(), w.node(), w.node()
	second := func(demandA, demandB int) (int, int) {
		t.Helper()
		w.Advance(time.Second)
		w.follow(a, b)
		return w.taken(a, ratelimit.UserAuthentication, demandA), w.taken(b, ratelimit.UserAuthentication, demandB)
	}
	second(300, 100) // the first second of a load: each node thinks that it is alone
	second(300, 100)
	for range 3 {
		answeredA, answeredB := second(300, 100)
		if sum := answeredA + answeredB; sum < 115 || sum > 121 || answeredA < 85 || answeredB < 25 {
			t.Errorf("the nodes answered %d and %d requests, want 90 and 30", answeredA, answeredB)
		}
	}
	second(300, 300)
	second(300, 300) // a was asked before it knew what b said
	if answeredA, answeredB := second(300, 300); answeredA != 60 || answeredB != 60 {
		t.Errorf("the nodes answered %d and %d requests, want 60 each", answeredA, answeredB)
	}
	second(300, 0)
	w.Advance(3 * time.Second)
	second(300, 0)
	if answered, _ := second(300, 0); answered != 120 {
		t.Errorf("a node that is alone again answered %d requests, want 120", answered)
	}
	w.follow(idle)
	w.want("a node that nobody asked", w.taken(idle, ratelimit.UserAuthentication, 1000), 120)
}

func TestRequestsDoNotReachTheDatabase(t *testing.T) {
	w := newWorld(t)
	e := w.node()
	w.store.Close()
	w.want("without a database", w.taken(e, ratelimit.UserRead, 1000), 120)
	w.Advance(time.Second)
	if err := e.Follow(t.Context()); err == nil {
		t.Error("Follow had no error without a database")
	}
	w.want("without a database, later", w.taken(e, ratelimit.UserRead, 1000), 120)
	quiet := w.node()
	w.Advance(time.Second)
	w.follow(quiet) // nobody asked it for anything
}

func TestCount(t *testing.T) {
	w := newWorld(t)
	var counted []bool
	e := w.node(limits(map[string]int{ratelimit.UserList: 2}), func(c *ratelimit.Config) {
		c.Count = func(category string, answered bool) {
			if category == ratelimit.UserList {
				counted = append(counted, answered)
			}
		}
	})
	w.taken(e, ratelimit.UserList, 3)
	if want := []bool{true, true, false}; !slices.Equal(counted, want) {
		t.Errorf("counted %v, want %v", counted, want)
	}
}

func BenchmarkTake(b *testing.B) {
	e := ratelimit.New(ratelimit.Config{Now: time.Now, CognitosDefaults: true})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			e.Take(ratelimit.UserAuthentication)
		}
	})
}
