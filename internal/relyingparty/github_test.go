package relyingparty

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/seal"
)

// fakeGitHub answers for github.com and its API. A test changes what it says.
type fakeGitHub struct {
	user    map[string]any
	emails  []map[string]any
	orgs    int // how many organizations there are, besides acme
	status  map[string]int
	code    string // the code that is good
	expires int
	got     []string // methods, hosts and paths
	revoked string
}

func newGitHub() *fakeGitHub {
	return &fakeGitHub{
		user:   map[string]any{"id": 583231, "login": "ann", "name": "Ann", "email": "public@example.org", "avatar_url": "https://a.example/1"},
		emails: []map[string]any{{"email": "old@example.com", "verified": true}, {"email": "ann@example.com", "primary": true, "verified": true}},
		status: map[string]int{}, code: "code",
	}
}

// RoundTrip is the network: every host is the fake's.
func (f *fakeGitHub) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	f.answer(rec, r)
	return rec.Result(), nil
}

func (f *fakeGitHub) answer(w http.ResponseWriter, r *http.Request) {
	at := r.Method + " " + r.URL.Host + r.URL.Path
	f.got = append(f.got, at)
	w.Header().Set("Content-Type", "application/json")
	if status := f.status[r.URL.Path]; status != 0 {
		w.WriteHeader(status)
		return
	}
	if r.URL.Host == "api.github.com" && r.Method == http.MethodGet && r.Header.Get("Authorization") != "Bearer gho_1" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var answer any
	switch at {
	case "POST github.com/login/oauth/access_token":
		f.token(w, r)
		return
	case "GET api.github.com/user":
		answer = f.user
	case "GET api.github.com/user/emails":
		answer = f.emails
	case "GET api.github.com/user/orgs":
		answer = f.page(r)
	case "GET api.github.com/user/teams":
		answer = []map[string]any{{"slug": "backend", "name": "Back End", "organization": map[string]any{"login": "acme"}}}
	case "DELETE api.github.com/applications/client/token":
		body, _ := io.ReadAll(r.Body)
		id, secret, _ := r.BasicAuth()
		f.revoked = id + ":" + secret + " " + string(body)
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	json.NewEncoder(w).Encode(answer)
}

func (f *fakeGitHub) page(r *http.Request) []map[string]any {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	all := []map[string]any{{"login": "acme"}}
	for i := range f.orgs {
		all = append(all, map[string]any{"login": fmt.Sprint("org", i)})
	}
	from := min((page-1)*100, len(all))
	return all[from:min(from+100, len(all))]
}

// token answers errors with status 200, as GitHub does.
func (f *fakeGitHub) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	switch {
	case r.PostForm.Get("client_secret") != "s3cret":
		w.Write([]byte(`{"error":"incorrect_client_credentials"}`))
	case r.PostForm.Get("code") != f.code && r.PostForm.Get("refresh_token") != "ghr_1":
		w.Write([]byte(`{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}`))
	case f.expires > 0:
		fmt.Fprintf(w, `{"access_token":"gho_1","refresh_token":"ghr_2","expires_in":%d,"token_type":"bearer"}`, f.expires)
	default:
		w.Write([]byte(`{"access_token":"gho_1","scope":"read:org,user:email","token_type":"bearer"}`))
	}
}

func (f *fakeGitHub) provider(t *testing.T, change func(*GitHubConfig)) *GitHub {
	t.Helper()
	cfg := GitHubConfig{URL: "https://github.com", ClientID: "client", ClientSecret: "s3cret", Scopes: []string{"user:email", "read:org"}, HTTP: NewHTTPClient(f)}
	if change != nil {
		change(&cfg)
	}
	p, err := NewGitHub(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestGitHubSignsIn(t *testing.T) {
	f := newGitHub()
	p := f.provider(t, func(c *GitHubConfig) { c.UserPrefix = "hub/" })
	to, err := p.AuthURL(t.Context(), AuthRequest{State: "s", Challenge: "c", RedirectURI: "https://rp.example.com/cb", AnotherAccount: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"https://github.com/login/oauth/authorize?", "scope=user%3Aemail%20read%3Aorg", "state=s", "code_challenge=c", "prompt=select_account", "client_id=client"} {
		if !strings.Contains(to, want) {
			t.Errorf("the person is sent to %s, want %s in it", to, want)
		}
	}
	r, err := p.Exchange(t.Context(), "code", "verifier", "nonce", "https://rp.example.com/cb")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"sub": "ann", "user": "ann", "id": "583231", "name": "Ann", "picture": "https://a.example/1",
		"email": "ann@example.com", "email_verified": true, "groups": []any{"acme", "acme/backend"},
	}
	if diff := cmp.Diff(want, r.Claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if r.UserID != "hub/ann" || r.Subject != "583231" || r.Email != "ann@example.com" || r.EmailUnverified || !r.Expiry.IsZero() || !r.Rechecks {
		t.Errorf("got %+v", r)
	}
	if err := p.Revoke(t.Context(), r.Tokens); err != nil || f.revoked != `client:s3cret {"access_token":"gho_1"}` {
		t.Errorf("revoked %q, %v", f.revoked, err)
	}
	if got := p.LogoutURL(t.Context(), "", "https://rp.example.com"); got != "" {
		t.Errorf("signing out leads to %s, and GitHub has no page for it", got)
	}
}

func TestWhatGitHubSaysOfAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		emails     []map[string]any
		address    string
		unverified bool
	}{
		"unverified":           {[]map[string]any{{"email": "ann@example.com", "primary": true}}, "ann@example.com", true},
		"none is the main one": {[]map[string]any{{"email": "ann@example.com", "verified": true}}, "", false},
		"none":                 {nil, "", false},
	} {
		f := newGitHub()
		f.emails = c.emails
		r, err := f.provider(t, nil).Exchange(t.Context(), "code", "v", "n", "")
		if err != nil || r.Email != c.address || r.EmailUnverified != c.unverified {
			t.Errorf("%s: got %+v, %v; want the address %q, unverified %t", name, r, err, c.address, c.unverified)
		}
	}
	f := newGitHub()
	f.emails[1]["verified"] = false
	believing := f.provider(t, func(c *GitHubConfig) { c.AllowUnverifiedEmail = true })
	if r, err := believing.Exchange(t.Context(), "code", "v", "n", ""); err != nil || r.EmailUnverified {
		t.Errorf("believed all the same: got %+v, %v", r, err)
	}
	if believing.ID() == f.provider(t, nil).ID() {
		t.Error("sessions of one that is believed would be those of one that is not")
	}
}

// Groups that can't be known must not look like none.
func TestGroupsOfGitHubThatCannotBeKnown(t *testing.T) {
	f := newGitHub()
	f.orgs = 250
	r, err := f.provider(t, nil).Exchange(t.Context(), "code", "v", "n", "")
	if groups, _ := r.Claims["groups"].([]any); err != nil || len(groups) != 252 {
		t.Errorf("got %d groups, %v; want those of all pages", len(groups), err)
	}
	for name, change := range map[string]func(*fakeGitHub){
		"too many":             func(f *fakeGitHub) { f.orgs = 5000 },
		"may not read teams":   func(f *fakeGitHub) { f.status["/user/teams"] = 403 },
		"has no such resource": func(f *fakeGitHub) { f.status["/user/orgs"] = 404 },
	} {
		f := newGitHub()
		change(f)
		r, err := f.provider(t, nil).Exchange(t.Context(), "code", "v", "n", "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, named := r.Claims["groups"]; named || r.Identity("p").Groups != nil {
			t.Errorf("%s: got the groups %v, want none to be known", name, r.Claims["groups"])
		}
		if id := r.Identity("p"); !id.ClaimElsewhere("groups") {
			t.Errorf("%s: the person has no groups, want them to be unknown", name)
		}
	}
}

func TestGitHubRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*fakeGitHub)
		want   error
	}{
		"a code that is used":   {func(f *fakeGitHub) { f.code = "other" }, ErrRefused},
		"nobody":                {func(f *fakeGitHub) { f.user = map[string]any{} }, ErrUntrusted},
		"no scope for e-mail":   {func(f *fakeGitHub) { f.status["/user/emails"] = 404 }, ErrRefused},
		"the API is down":       {func(f *fakeGitHub) { f.status["/user"] = 503 }, ErrUnreachable},
		"the teams do not come": {func(f *fakeGitHub) { f.status["/user/teams"] = 500 }, ErrUnreachable},
	} {
		f := newGitHub()
		c.change(f)
		if r, err := f.provider(t, nil).Exchange(t.Context(), "code", "v", "n", ""); !errors.Is(err, c.want) {
			t.Errorf("%s: got %+v, %v; want %v", name, r, err, c.want)
		}
	}
	p := newGitHub().provider(t, nil)
	if _, err := newGitHub().provider(t, func(c *GitHubConfig) { c.ClientSecret = "wrong" }).Exchange(t.Context(), "code", "v", "n", ""); !errors.Is(err, ErrRefused) {
		t.Errorf("a wrong secret: got %v, want %v", err, ErrRefused)
	}
	for iss, want := range map[string]error{"": nil, "https://github.com/login/oauth": nil, "https://github.com.example": ErrUntrusted} {
		if err := p.CheckIssuer(t.Context(), iss); !errors.Is(err, want) {
			t.Errorf("a callback of %q: got %v, want %v", iss, err, want)
		}
	}
}

func TestGitHubIsAskedAgain(t *testing.T) {
	held := Held{Tokens: Tokens{Access: "gho_1"}, Subject: "583231", UserID: "ann"}
	for name, c := range map[string]struct {
		change func(*fakeGitHub)
		held   Held
		want   error
	}{
		"the same":                 {func(*fakeGitHub) {}, held, nil},
		"a token that is gone":     {func(*fakeGitHub) {}, Held{Tokens: Tokens{Access: "gho_0"}, Subject: "583231", UserID: "ann"}, ErrRefused},
		"another login":            {func(f *fakeGitHub) { f.user["login"] = "bob" }, held, ErrRefused},
		"somebody took the login":  {func(f *fakeGitHub) { f.user["id"] = 7 }, held, ErrRefused},
		"too many calls":           {func(f *fakeGitHub) { f.status["/user"] = 403 }, held, ErrUnreachable},
		"too many calls, another":  {func(f *fakeGitHub) { f.status["/user/emails"] = 429 }, held, ErrUnreachable},
		"GitHub is down meanwhile": {func(f *fakeGitHub) { f.status["/user/orgs"] = 502 }, held, ErrUnreachable},
	} {
		f := newGitHub()
		c.change(f)
		if _, err := f.provider(t, nil).Recheck(t.Context(), c.held); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// The tokens of a GitHub App end, those of an OAuth App do not.
func TestTokensOfAGitHubAppAreRenewed(t *testing.T) {
	f := newGitHub()
	f.expires = 28800
	p := f.provider(t, nil)
	r, err := p.Exchange(t.Context(), "code", "v", "n", "")
	if err != nil || r.Expiry.IsZero() || r.Tokens.Refresh != "ghr_2" {
		t.Fatalf("got %+v, %v", r, err)
	}
	held := Held{Tokens: Tokens{Access: "gho_0", Refresh: "ghr_1"}, Subject: "583231", UserID: "ann"}
	if r, err = p.Refresh(t.Context(), held); err != nil || r.Tokens.Refresh != "ghr_2" {
		t.Errorf("renewed: %+v, %v", r, err)
	}
	f.status["/user"] = 503
	if r, err = p.Refresh(t.Context(), held); !errors.Is(err, ErrUnreachable) || r.Tokens.Refresh != "ghr_2" {
		t.Errorf("got %+v, %v; want to try again with the new refresh token", r, err)
	}
	held.Tokens.Refresh = seal.Secret("ghr_spent")
	if _, err = p.Refresh(t.Context(), held); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v, want %v", err, ErrRefused)
	}
}

func TestWhereGitHubsAPIIs(t *testing.T) {
	for base, want := range map[string]string{
		"https://github.com": "https://api.github.com", "https://github.com/": "https://api.github.com", "https://acme.ghe.com": "https://api.acme.ghe.com",
		"https://git.example.com": "https://git.example.com/api/v3", "https://notghe.com": "https://notghe.com/api/v3",
	} {
		if got := (&GitHubConfig{URL: base}).api(); got != want {
			t.Errorf("%s: got %s, want %s", base, got, want)
		}
	}
}
