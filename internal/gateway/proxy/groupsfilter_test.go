package proxy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

func TestUpstreamsAreToldOfTheNamedGroupsAlone(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.ClaimHeaders = map[string]string{"X-Groups": "groups", "X-Cognito": "cognito:groups", "X-Roles": "roles"}
		// The policy sees all groups.
		access := policy.Access{IDPClaims: map[string][]any{"groups": {"secret"}}}
		// Two routes of one host, whose assertions must not be mixed up.
		c.Routes = append(c.Routes, w.route("https://some.example.com", access, func(r *Route) {
			r.Prefix, r.PassIdentity, r.GroupsFilter = "/admin", true, NewGroupsFilter("secret")
		}))
		for from, f := range map[string]*GroupsFilter{"https://all.example.com": nil, "https://some.example.com": NewGroupsFilter("staff", "admins"), "https://none.example.com": NewGroupsFilter()} {
			c.Routes = append(c.Routes, w.route(from, access, func(r *Route) { r.PassIdentity, r.GroupsFilter = true, f }))
		}
	})
	claims := map[string]any{"groups": []any{"staff", "secret"}, "cognito:groups": []any{"secret", "staff"}, "roles": []any{"secret"}}
	for at, want := range map[string]string{"all.example.com/": "staff,secret", "some.example.com/": "staff", "none.example.com/": "", "some.example.com/admin": "secret"} {
		host, _, _ := strings.Cut(at, "/")
		cookie, _ := w.knownSession(host, claims)
		w.browser().Open("https://"+at, "Cookie", cookie.Name+"="+cookie.Value).Want(200)
		got := w.Upstream.Got().Header
		if got.Get("X-Groups") != want || got.Get("X-Roles") != "secret" {
			t.Errorf("%s: got the groups %q and roles %q, want %q and secret", at, got.Get("X-Groups"), got.Get("X-Roles"), want)
		}
		for _, group := range []string{"staff", "secret"} {
			told := strings.Contains(got.Get("X-Cognito"), group)
			if told != strings.Contains(want, group) {
				t.Errorf("%s: the claim cognito:groups tells %q, want %q", at, got.Get("X-Cognito"), want)
			}
		}
	}
}

func TestTheAssertionHasTheNamedGroupsAlone(t *testing.T) {
	signers, err := signersOf(nil, secret("shared"))
	if err != nil {
		t.Fatal(err)
	}
	a := newAssertions(signers[0], map[string]string{"X-Groups": "cognito:groups"})
	t.Cleanup(a.close)
	s := &session.Session{ID: "1", Identity: identity.Identity{Groups: []string{"a", "b", "c"}, Claims: identity.NewClaims(map[string][]any{"cognito:groups": {"a", "b", "c"}})}}
	for want, f := range map[string]*GroupsFilter{"a,b,c": nil, "b,c": NewGroupsFilter("c", "b", "x"), "a": NewGroupsFilter("a")} {
		told, err := a.of(s, "app.example.com", false, f, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		claims := payloadOf(t, told.assertion)
		if got := joined(claims["groups"].([]any)); got != want || claims["cognito:groups"] != want {
			t.Errorf("got groups %q and cognito:groups %q, want %q", got, claims["cognito:groups"], want)
		}
	}
	if diff := cmp.Diff([]any{"a", "b", "c"}, s.Identity.Claims.Map()["cognito:groups"]); diff != "" {
		t.Errorf("the session has changed:\n%s", diff)
	}
}

func TestGroupsThatAreNotKnownStaySo(t *testing.T) {
	id := NewGroupsFilter("a").told(&identity.Identity{})
	if id.Groups != nil {
		t.Errorf("got %v, want groups that are not known", id.Groups)
	}
	if got := NewGroupsFilter("a").Of([]string{"b"}); got == nil {
		t.Error("no group that is told reads like groups that are not known")
	}
}

func TestWhichClaimsHoldGroups(t *testing.T) {
	for claim, want := range map[string]bool{
		"groups": true, "Groups": true, "cognito:groups": true, "https://example.com/groups": true, "resource.groups": true,
		"groups_direct": false, "roles": false, "subgroups": false, "": false,
	} {
		if got := holdsGroups(claim); got != want {
			t.Errorf("%q: got %t, want %t", claim, got, want)
		}
	}
}
