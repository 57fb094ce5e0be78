package proxy

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/testing/browser"
)

// portalWorld has, beside the routes of newWorld, one of each kind that the portal
// must judge.
func portalWorld(t *testing.T) *world {
	return newWorld(t, func(w *world, c *Config) {
		c.Routes[0].Name, c.Routes[0].Portal = "Wiki", Portal{Description: "What we know", LogoURL: "https://cdn.example.com/wiki.svg"}
		c.Routes = append(c.Routes,
			w.route("https://denied.example.com", ppl(t, `{allow: {or: [{authenticated_user: true}]}, deny: {or: [{claim/cognito:groups: {has: staff}}]}}`), nil),
			w.route("https://not.example.com", ppl(t, `{allow: {not: [{email: {is: alice@example.com}}]}}`), nil),
			w.route("https://office.example.com", ppl(t, `{allow: {and: [{authenticated_user: true}, {source_ip: 198.51.100.0/24}]}}`), nil),
			w.route("https://tools.example.com", ppl(t, `{allow: {and: [{authenticated_user: true}, {http_path: {starts_with: /build/}}]}}`), func(r *Route) { r.Prefix = "/build/" }),
			w.route("https://tools.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Regex = "/[0-9]+" }),
			w.route("https://*.preview.example.com", policy.Access{AnyUser: true}, nil),
			w.route("https://other.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Provider = "p2" }),
		)
	})
}

// ppl returns a policy in Pomerium's language.
func ppl(t *testing.T, text string) policy.Access {
	t.Helper()
	var a policy.Access
	if err := yaml.Unmarshal([]byte(text), &a.PPL); err != nil {
		t.Fatal(err)
	}
	return a
}

// names returns what the portal's API lists.
func names(t *testing.T, page *browser.Page) (all []string) {
	t.Helper()
	var answer struct{ Routes []struct{ Name string } }
	if err := json.Unmarshal([]byte(page.Body), &answer); err != nil || answer.Routes == nil {
		t.Fatalf("got %s (%v), want a list of routes", page.Body, err)
	}
	for _, r := range answer.Routes {
		all = append(all, r.Name)
	}
	return all
}

func TestThePortalListsWhatThePolicyOpens(t *testing.T) {
	w := portalWorld(t)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	want := []string{"Wiki", "public.example.com", "tools.example.com/build/", "tools.example.com", "*.preview.example.com"}
	if diff := cmp.Diff(want, names(t, b.Open("https://app.example.com/.pomerium/api/v1/routes"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	page := b.Open("https://app.example.com/.pomerium/routes").Want(200, "signed in as alice@example.com", "Wiki", "What we know", "*.preview.example.com").
		WantNot("denied.example.com", "not.example.com", "office.example.com", "admin.example.com", "other.example.com")
	page.WantMarkup(`href="https://app.example.com:8443/"`, `href="https://tools.example.com:8443/build/"`, `src="https://cdn.example.com/wiki.svg"`)
	wantIntercepted(t, page)
	w.provider.claims["cognito:groups"] = []any{"admins"}
	other := w.browser()
	signInAt(other, "https://app.example.com/")
	if got := names(t, other.Open("https://app.example.com/.pomerium/api/v1/routes")); !slices.Contains(got, "admin.example.com") || !slices.Contains(got, "denied.example.com") {
		t.Errorf("an administrator sees %v, want the routes of administrators, too", got)
	}
}

// The form of Pomerium's API, which its clients read.
func TestThePortalsAPI(t *testing.T) {
	w := portalWorld(t)
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	page := b.Open("https://app.example.com/.pomerium/api/v1/routes").Want(200)
	var got struct{ Routes []map[string]string }
	if err := json.Unmarshal([]byte(page.Body), &got); err != nil {
		t.Fatal(err)
	}
	first := got.Routes[0]
	if len(first["id"]) != 16 {
		t.Errorf("got the id %q, want 16 characters", first["id"])
	}
	delete(first, "id")
	want := map[string]string{"name": "Wiki", "type": "http", "from": "https://app.example.com", "description": "What we know", "logo_url": "https://cdn.example.com/wiki.svg"}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if page.Header.Get("Content-Type") != "application/json" || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("got headers %v, want JSON that no cache keeps and no other origin reads", page.Header)
	}
}

// A route whose refusal shows its rule says the same on the portal. Of another closed
// route, and to somebody who is not signed in, the portal says nothing.
func TestThePortalSaysWhatTheRefusalSays(t *testing.T) {
	admins := policy.Access{IDPClaims: map[string][]any{"cognito:groups": {"admins"}}}
	w := newWorld(t, func(w *world, c *Config) {
		open := func(r *Route) { r.ShowErrorDetails = true }
		c.Routes = append(c.Routes, w.route("https://details.example.com", admins, open),
			w.route("https://elsewhere.example.com", admins, func(r *Route) { r.ShowErrorDetails, r.Provider = true, "p2" }),
			w.route("https://allowed.example.com", policy.Access{AnyUser: true}, open))
	})
	closed := func(b *browser.Browser) []map[string]any {
		var got struct{ Closed []map[string]any }
		if err := json.Unmarshal([]byte(b.Open("https://app.example.com/.pomerium/api/v1/routes").Want(200).Body), &got); err != nil {
			t.Fatal(err)
		}
		return got.Closed
	}
	b := w.browser()
	if got := closed(b); len(got) > 0 {
		t.Errorf("a visitor gets %v, want nothing", got)
	}
	b.Open("https://app.example.com/.pomerium/routes").Want(200).WantNot("details.example.com")
	signInAt(b, "https://app.example.com/")
	got := closed(b)
	if len(got) != 1 || got[0]["from"] != "https://details.example.com" {
		t.Fatalf("got %v, want the one route that shows its rule", got)
	}
	b.Open("https://details.example.com/").Want(403)
	var refusal map[string]any
	page := b.Open("https://details.example.com/", "Accept", "application/json").Want(403, "admins")
	if err := json.Unmarshal([]byte(page.Body), &refusal); err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"reasons", "codes"} {
		if diff := cmp.Diff(refusal[member], got[0][member]); diff != "" {
			t.Errorf("%s (-refusal +portal):\n%s", member, diff)
		}
	}
	shown := b.Open("https://app.example.com/.pomerium/routes").Want(200, "Closed to you", "details.example.com", "must contain admins").
		WantNot("admin.example.com", "elsewhere.example.com")
	if strings.Contains(shown.Body, `href="https://details`) {
		t.Error("the page links a route that is closed")
	}
}

// No browser opens a route for TCP: the portal has the command of a program for it.
func TestThePortalSaysHowToReachARouteForTCP(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		tunnel := func(from string, access policy.Access, targets ...string) {
			c.Routes = append(c.Routes, w.route(from, access, func(r *Route) { r.Tunnels, r.To = targets, tcpTo("127.0.0.1:1") }))
		}
		tunnel("https://db.example.com", ppl(t, `{allow: {and: [{authenticated_user: true}, {http_method: {is: CONNECT}}]}}`), "db.example.com:5432")
		tunnel("https://gateway.example.com:8443", policy.Access{AnyUser: true}, "redis.internal:6379", "mail.internal:25")
		tunnel("https://*.wild.example.com", policy.Access{AnyUser: true}, "*.wild.example.com:22")
		tunnel("https://others.example.com", policy.Access{Users: []string{"bob@example.com"}}, "others.example.com:22")
	})
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	page := b.Open("https://app.example.com/.pomerium/api/v1/routes").Want(200)
	var got struct{ Routes []map[string]string }
	if err := json.Unmarshal([]byte(page.Body), &got); err != nil {
		t.Fatal(err)
	}
	var tunnels [][]string
	for _, r := range got.Routes {
		if r["type"] == "tcp" {
			tunnels = append(tunnels, []string{r["name"], r["from"], r["connect_command"]})
		}
	}
	want := [][]string{
		{"db.example.com:5432", "tcp+https://db.example.com:5432", "gatehouse tunnel db.example.com:5432 --gateway https://db.example.com:8443"},
		{"redis.internal:6379, mail.internal:25", "tcp+https://gateway.example.com:8443/redis.internal:6379/mail.internal:25", "gatehouse tunnel tcp+https://gateway.example.com:8443/redis.internal:6379"},
		{"*.wild.example.com:22", "tcp+https://*.wild.example.com:22", ""},
	}
	if diff := cmp.Diff(want, tunnels); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	shown := b.Open("https://app.example.com/.pomerium/routes").Want(200, "gatehouse tunnel db.example.com:5432")
	if strings.Contains(shown.Body, `href="https://db.example.com`) {
		t.Error("the page links a route that no browser opens")
	}
}

func TestAVisitorSeesWhatIsPublic(t *testing.T) {
	w := portalWorld(t)
	b := w.browser()
	if got := names(t, b.Open("https://app.example.com/.pomerium/api/v1/routes")); !slices.Equal(got, []string{"public.example.com"}) {
		t.Errorf("got %v, want the public route alone", got)
	}
	page := b.Open("https://app.example.com/.pomerium/routes").Want(200, "not signed in here", "public.example.com").WantNot("Wiki")
	answerProvider(b, b.Open(page.Link("Sign in"))).Want(200, "Your applications", "Wiki")
}

func TestThePortalCanBeTurnedOff(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.NoPortal = true })
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	for _, u := range []string{"https://app.example.com/.pomerium/routes", "https://app.example.com/.pomerium/api/v1/routes", "https://authenticate.example.com/.pomerium/routes"} {
		b.Open(u).Want(404)
	}
	b.Open("https://app.example.com/.pomerium/").Want(200).WantNot("Applications")
	if w.Upstream.Got().URL.Path != "/" {
		t.Error("a path of the portal reached the upstream")
	}
}

func TestIdsOfRoutes(t *testing.T) {
	w := portalWorld(t)
	seen := map[string]bool{}
	for _, r := range w.cfg.Routes {
		id := routeID(r)
		if seen[id] {
			t.Errorf("%s has the id of another route", r.From)
		}
		seen[id] = true
		named := *r
		named.Name, named.Policy = "another", nil
		if routeID(&named) != id {
			t.Errorf("%s: another name or policy changes the id", r.From)
		}
	}
}

func TestTheAssertionForPages(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.JWTEndpoint = true; c.Routes[0].IssuerURI = true })
	b := w.browser()
	signInAt(b, "https://app.example.com/")
	page := b.Open("https://app.example.com/.pomerium/jwt").Want(200)
	_, claims := verified(t, b, page.Body)
	if claims["aud"] != "app.example.com" || claims["iss"] != "https://app.example.com/" || claims["email"] != "alice@example.com" {
		t.Errorf("got claims %v, want those that the application gets", claims)
	}
	if page.Header.Get("Content-Type") != "application/jwt" || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got headers %v, want a JWT that no cache keeps", page.Header)
	}
	// Alice has a cookie at the host of the administrators, who do not let her in.
	b.Open("https://admin.example.com/").Want(403)
	b.Open("https://admin.example.com/.pomerium/jwt").Want(404, "You do not have access")
}

func TestTheAssertionNeedsASessionAndTheFlag(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) { c.JWTEndpoint = true })
	w.browser().Open("https://app.example.com/.pomerium/jwt", "Accept", "application/json").Want(401)
	b := w.browser()
	answerProvider(b, b.Open("https://app.example.com/.pomerium/jwt")).Want(200)
	off := newWorld(t, nil)
	b = off.browser()
	signInAt(b, "https://app.example.com/")
	b.Open("https://app.example.com/.pomerium/jwt").Want(404)
}
