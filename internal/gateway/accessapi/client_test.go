package accessapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/gateway/access"
)

// Package pagetest declares the flag -update.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

var _ = pagetest.Golden

// newClient is an API without a gateway, with one declared provider.
func newClient(t *testing.T, change func(*Config)) *API {
	t.Helper()
	w := newWorld(t, func(_ *world, c *Config) {
		c.Team = mustURL("https://team.example.com")
		if change != nil {
			change(c)
		}
	})
	if err := w.engine.Providers.Delete(t.Context(), w.provider.ID); err != nil {
		t.Fatal(err)
	}
	err := w.engine.Providers.SetDeclared([]*access.IdentityProvider{{ID: "11111111-2222-4333-8444-555555555555", Name: "Declared", Config: access.OIDC{
		ClientID: "declared", ClientSecret: "hidden-secret", AuthURL: "https://idp.example.com/auth", TokenURL: "https://idp.example.com/token", CertsURL: "https://idp.example.com/keys",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return w.api
}

var madeID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// TestWire sends the requests of testdata/api and compares the answers. Each file
// has a new API. <id> is the id of the newest provider.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/api/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { playFile(t, file) })
	}
}

func playFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &player{api: newClient(t, nil)}
	var played []txtar.File
	for i, request := range archive.Files {
		if !strings.HasPrefix(request.Name, "request") {
			continue
		}
		got := txtar.File{Name: strings.Replace(request.Name, "request", "answer", 1), Data: p.play(t, request.Data)}
		played = append(played, request, got)
		if updating() {
			continue
		}
		if i+1 == len(archive.Files) || archive.Files[i+1].Name != got.Name {
			t.Fatalf("%s has no answer; run with -update", request.Name)
		}
		if want := archive.Files[i+1].Data; !bytes.Equal(got.Data, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", request.Name, got.Data, want)
		}
	}
	if updating() {
		if err := os.WriteFile(file, txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: played}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

type player struct {
	api *API
	id  string
}

// play sends a request, "METHOD path" and a body below it. The path is below the
// account's. It returns the status and the indented body of the answer.
func (p *player) play(t *testing.T, text []byte) []byte {
	t.Helper()
	head, body, _ := strings.Cut(string(text), "\n")
	method, path, _ := strings.Cut(head, " ")
	if !strings.HasPrefix(path, "/client") {
		path = "/client/v4/accounts/" + account + "/access" + path
	}
	resp := call(p.api, method, strings.ReplaceAll(path, "<id>", p.id), strings.TrimSpace(body), "Bearer "+goodToken)
	var out bytes.Buffer
	if err := json.Indent(&out, resp.Body.Bytes(), "", "  "); err != nil {
		t.Fatalf("%s: %v in %q", head, err, resp.Body)
	}
	for _, secret := range []string{`"client_secret":`, "your client secret", "hidden-secret"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s: the answer has %q:\n%s", head, secret, out.String())
		}
	}
	if id := madeID.FindString(strings.ReplaceAll(out.String(), "11111111-2222-4333-8444-555555555555", "")); id != "" {
		p.id = id
	}
	shown := out.Bytes()
	if p.id != "" {
		shown = bytes.ReplaceAll(shown, []byte(p.id), []byte("<id>"))
	}
	return fmt.Appendf(nil, "%d\n%s\n", resp.Code, bytes.TrimSpace(shown))
}

func call(api *API, method, path, body, authorization string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://team.example.com"+path, strings.NewReader(body))
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	rec := httptest.NewRecorder()
	api.Handler().ServeHTTP(rec, r)
	return rec
}

const providersPath = "/client/v4/accounts/" + account + "/access/identity_providers"

func TestWhoMayCall(t *testing.T) {
	api := newClient(t, nil)
	for name, c := range map[string]struct {
		authorization, path string
		status, code        int
	}{
		"right":             {"Bearer " + goodToken, providersPath, 200, 0},
		"scheme's case":     {"bearer " + goodToken, providersPath, 200, 0},
		"nothing":           {"", providersPath, 403, 10000},
		"wrong token":       {"Bearer other", providersPath, 403, 10000},
		"empty token":       {"Bearer ", providersPath, 403, 10000},
		"basic":             {"Basic dGhlLWFwaS10b2tlbg==", providersPath, 403, 10000},
		"no scheme":         {goodToken, providersPath, 403, 10000},
		"another account":   {"Bearer " + goodToken, strings.Replace(providersPath, account, "f"+account[1:], 1), 403, 9109},
		"no account":        {"Bearer " + goodToken, strings.Replace(providersPath, account, "nonsense", 1), 404, 7003},
		"unknown path":      {"Bearer " + goodToken, providersPath + "/x/y", 404, 7003},
		"zone":              {"Bearer " + goodToken, strings.Replace(providersPath, "accounts", "zones", 1), 404, 7003},
		"path, wrong token": {"Bearer other", "/client/v4/nothing", 403, 10000},
		"token is verified": {"Bearer " + goodToken, "/client/v4/user/tokens/verify", 200, 0},
	} {
		rec := call(api, "GET", c.path, "", c.authorization)
		var got envelope
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		code := 0
		if len(got.Errors) > 0 {
			code = got.Errors[0].Code
		}
		if rec.Code != c.status || code != c.code || got.Success != (c.code == 0) {
			t.Errorf("%s: got %d %s, want status %d and code %d", name, rec.Code, rec.Body, c.status, c.code)
		}
		if rec.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: got Access-Control-Allow-Origin %q, want none", name, rec.Header().Get("Access-Control-Allow-Origin"))
		}
	}
	if rec := call(api, "PATCH", providersPath, "{}", "Bearer "+goodToken); rec.Code != 404 {
		t.Errorf("PATCH: got %d, want 404", rec.Code)
	}
	two := httptest.NewRequest("GET", "https://team.example.com"+providersPath, nil)
	two.Header["Authorization"] = []string{"Bearer other", "Bearer " + goodToken}
	rec := httptest.NewRecorder()
	api.Handler().ServeHTTP(rec, two)
	if rec.Code != 403 {
		t.Errorf("two credentials: got %d, want 403", rec.Code)
	}
}

// Development accepts every bearer token, but requires one: forms and images of
// other sites can't send one.
func TestAnyToken(t *testing.T) {
	api := newClient(t, func(c *Config) { c.AnyToken = true })
	if rec := call(api, "GET", providersPath, "", "Bearer whatever"); rec.Code != 200 {
		t.Errorf("got %d, want 200", rec.Code)
	}
	if rec := call(api, "POST", providersPath, "{}", ""); rec.Code != 403 {
		t.Errorf("without a bearer: got %d, want 403", rec.Code)
	}
	none := newClient(t, func(c *Config) { c.CheckToken = nil })
	if rec := call(none, "GET", providersPath, "", "Bearer whatever"); rec.Code != 403 {
		t.Errorf("without a check: got %d, want 403", rec.Code)
	}
}

func TestBodySize(t *testing.T) {
	api := newClient(t, nil)
	rec := call(api, "POST", providersPath, `{"name":"`+strings.Repeat("x", maxBody)+`"}`, "Bearer "+goodToken)
	if rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", rec.Code)
	}
}

// The answer to a failure of ours does not have its cause.
func TestUnknownErrors(t *testing.T) {
	f, text := failureOf(errors.New("the password is x"))
	if f.status != 500 || text != internalText {
		t.Errorf("got %d %q, want 500 and %q", f.status, text, internalText)
	}
	f, text = failureOf(fault.New(fault.Unavailable, "database", "The database is away.").Because(errors.New("secret")))
	if f.status != 503 || text != "The database is away." {
		t.Errorf("got %d %q, want 503", f.status, text)
	}
}

func FuzzReadProvider(f *testing.F) {
	f.Add([]byte(`{"config":{"client_id":"a","client_secret":"b","auth_url":"https://a/","token_url":"https://a/","certs_url":"https://a/","claims":["cognito:groups"]},"type":"oidc","name":"n"}`))
	f.Add([]byte(`{"name":"a","name":"b"}`))
	f.Add([]byte(`{"config":null,"type":"oidc","scim_config":{"enabled":true}}{}`))
	rs := (&API{team: "https://team.example.com"}).identityProviders()
	engine := &access.Providers{}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := rs.parse(body, nil, engine)
		if err != nil {
			return
		}
		if problems := engine.Check(p, nil); problems != nil {
			t.Errorf("%s was accepted and has the problems %v", body, problems)
		}
		// The answer has every setting except the secret, and reads back the same.
		answer, err := json.Marshal(shown(rs.fields, p))
		if err != nil {
			t.Fatal(err)
		}
		stored := *p
		again, err := rs.parse(answer, &stored, engine)
		if err != nil {
			t.Fatalf("%s was accepted, but its answer %s was refused: %v", body, answer, err)
		}
		again.Config.ClientSecret = p.Config.ClientSecret
		if diff := cmp.Diff(p, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s changed when its answer was sent back (-before +after):\n%s", body, diff)
		}
	})
}
