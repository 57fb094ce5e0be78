package proxy

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/web"
	"gatehouse/internal/identity"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/testing/browser"
)

// claimHeaders returns the headers about a person, by name, and what is left out.
func claimHeaders(id *identity.Identity, configured map[string]string) (http.Header, string) {
	var t told
	t.addClaims(id, configured)
	h := http.Header{}
	for _, header := range t.headers {
		h[header.name] = header.value
	}
	return h, t.leftOut
}

// Names are as the configuration has them, in the spelling of net/http. The
// list form of jwt_claims_headers names X-Pomerium-Claim-<claim>.
func TestClaimHeaders(t *testing.T) {
	id := identity.FromClaims(map[string]any{"email": "alice@example.com", "many": []any{"a", 2.0, true}}, false)
	got, leftOut := claimHeaders(&id, map[string]string{"X-Many": "many", "X-Missing": "missing", "X-Pomerium-Claim-email": "email"})
	want := http.Header{"X-Many": {"a,2,true"}, "X-Missing": {""}, "X-Pomerium-Claim-Email": {"alice@example.com"}}
	if diff := cmp.Diff(want, got); diff != "" || leftOut != "" {
		t.Errorf("left out %q, -want +got:\n%s", leftOut, diff)
	}
}

// A group with a comma reads like two groups where commas join a list. A claim for
// groups is a list also where the provider sends a text.
func TestAGroupWithACommaIsNotTwoGroups(t *testing.T) {
	for name, c := range map[string]struct {
		claims     string
		configured string // the claim that the header has
		want       string
		leftOut    string
	}{
		"one of several":                    {`{"groups":["staff","admins,root"]}`, "groups", "staff", "X-Groups"},
		"the only one":                      {`{"groups":["admins,root"]}`, "groups", "", "X-Groups"},
		"a text":                            {`{"groups":"admins,root"}`, "groups", "", "X-Groups"},
		"a text without comma":              {`{"groups":"admins"}`, "groups", "admins", ""},
		"Cognito's":                         {`{"cognito:groups":["staff","admins,root"]}`, "cognito:groups", "staff", "X-Groups"},
		"the person's, of another spelling": {`{"GROUPS":["staff","admins,root"]}`, "groups", "staff", "X-Groups"},
		"the person's, a text":              {`{"GROUPS":"admins,root"}`, "groups", "", "X-Groups"},
		"the person's, without comma":       {`{"GROUPS":["staff","admins"]}`, "groups", "staff,admins", ""},
	} {
		id := resultWith(t, c.claims).Identity("p")
		h, leftOut := claimHeaders(&id, map[string]string{"X-Groups": c.configured})
		if got := h.Get("X-Groups"); got != c.want || leftOut != c.leftOut {
			t.Errorf("%s: got %q, left out %q; want %q, left out %q", name, got, leftOut, c.want, c.leftOut)
		}
	}
}

// No claim arrives as another: neither cut, nor as two values, nor as a Go value.
func TestAClaimArrivesAsItIsOrNotAtAll(t *testing.T) {
	tests := []struct {
		name, claim string // the claim as JSON
		header      any    // nil: left out
		assertion   any
	}{
		{"a text", `"admins"`, "admins", "admins"},
		{"a text with a comma", `"Doe, Jane"`, "Doe, Jane", "Doe, Jane"},
		{"a list", `["admins","root"]`, "admins,root", "admins,root"},
		{"a group that reads like two", `["admins,root"]`, "", []any{"admins,root"}},
		{"one of several reads like two", `["staff","admins,root"]`, "staff", []any{"staff", "admins,root"}},
		{"an empty list", `[]`, "", ""},
		{"a line break", `"admin\r\nX-Evil: 1"`, nil, "admin\r\nX-Evil: 1"},
		{"a control character", `"ad\u0000min"`, nil, "ad\x00min"},
		{"delete", `"admin\u007f"`, nil, "admin\x7f"},
		{"a tab at the end", `"admin\t"`, nil, "admin\t"},
		{"a space in front", `" admin"`, nil, " admin"},
		{"a control character in a list", `["staff","ad\u0001min"]`, "staff", "staff,ad\x01min"},
		{"a space in a list", `["staff"," admin"]`, "staff", "staff, admin"},
		{"letters of any script", `"Zoë Ψ"`, "Zoë Ψ", "Zoë Ψ"},
		{"a large number", `111432655977273150308`, "111432655977273150308", "111432655977273150308"},
		{"a number with an exponent", `1e21`, "1e21", "1e21"},
		{"a fraction", `0.1`, "0.1", "0.1"},
		{"a boolean", `false`, "false", "false"},
		{"null in a list", `[null,"a"]`, "null,a", "null,a"},
		{"an object in a list", `[{"a":"<b>"}]`, `{"a":"<b>"}`, `{"a":"<b>"}`},
		{"a list of lists", `[["a","b"],["c"]]`, `[["a","b"],["c"]]`, `[["a","b"],["c"]]`},
		{"an object beside a text", `["x,y",{"n":1.50}]`, `["x,y",{"n":1.50}]`, []any{"x,y", map[string]any{"n": json.Number("1.50")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := resultWith(t, `{"sub":"u","roles":`+tt.claim+`}`)
			id := r.Identity("p")
			configured := map[string]string{"X-Roles": "roles"}
			h, leftOut := claimHeaders(&id, configured)
			var got any
			if values := h["X-Roles"]; values != nil {
				got = values[0]
			}
			if got != tt.header {
				t.Errorf("header = %q, want %q", got, tt.header)
			}
			if wantLeftOut := tt.header != fullText(&id); (leftOut == "X-Roles") != wantLeftOut {
				t.Errorf("left out: %q, want it named: %v", leftOut, wantLeftOut)
			}
			if diff := cmp.Diff(tt.assertion, assertionClaims(&id, configured)["roles"]); diff != "" {
				t.Errorf("assertion (-want +got):\n%s", diff)
			}
		})
	}
}

// resultWith is a provider's answer with these claims.
func resultWith(t *testing.T, claims string) *relyingparty.Result {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(claims))
	d.UseNumber() // as relyingparty does
	r := &relyingparty.Result{UserID: "u"}
	if err := d.Decode(&r.Claims); err != nil {
		t.Fatal(err)
	}
	return r
}

// fullText is the header's value if nothing is left out.
func fullText(id *identity.Identity) any { return joined(id.Claims.Map()["roles"]) }

// The identity's own list of groups has the same danger.
func TestAGroupThatReadsLikeTwoIsLeftOut(t *testing.T) {
	id := &identity.Identity{Groups: []string{"staff", "admins,root"}}
	h, leftOut := claimHeaders(id, map[string]string{"X-Groups": "groups"})
	if got := h.Get("X-Groups"); got != "staff" || leftOut != "X-Groups" {
		t.Errorf("got %q, left out %q; want staff, and X-Groups in the log", got, leftOut)
	}
	if diff := cmp.Diff([]string{"staff", "admins,root"}, assertionClaims(id, nil)["groups"]); diff != "" {
		t.Errorf("assertion (-want +got):\n%s", diff)
	}
}

// A token with a control character is no token, and cut it would be another.
func TestATemplateDoesNotCutValues(t *testing.T) {
	v := &values{assertion: func() string { return "a\nb" }}
	if got := parseTemplate("Bearer ${pomerium.jwt}").expand(v); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestWhatIsLeftOutIsLogged(t *testing.T) {
	w := newWorld(t, nil)
	cookie, _ := w.knownSession("app.example.com", map[string]any{"cognito:groups": []any{"staff", "admins,root"}})
	log := &lockedBuffer{}
	observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(log, nil))}
	b := browserOn(browser.NewNetwork(t, observer.Wrap(w.gateway)))
	b.SetCookies(address("https://app.example.com/"), cookie)
	b.Open("https://app.example.com/").Want(200)
	if got := w.Upstream.Got().Header.Get("X-Groups"); got != "staff" {
		t.Errorf("X-Groups = %q, want staff", got)
	}
	if !strings.Contains(log.text(), `"claim_headers_left_out":"X-Groups"`) {
		t.Errorf("the log does not say what was left out: %s", log.text())
	}
}
