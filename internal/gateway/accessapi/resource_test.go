package accessapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/access"
)

// lamp is an object of a resource that only this test has. Lamps belong to a
// house, as policies belong to an application.
type lamp struct {
	ID     string
	Name   string
	Secret seal.Secret
	On     bool
	Tags   []string
	Place  place
	Fixed  bool
}

type place struct{ Room string }

var errNoLamp = fault.New(fault.NotFound, "lamp", "There is no such lamp.")

// lamps is the engine of the lamps of one house.
type lamps struct{ list []*lamp }

func (e *lamps) Check(draft, _ *lamp) []access.Problem {
	if draft.Name == "" {
		return []access.Problem{{Key: "name", Text: "name is required"}}
	}
	if draft.Place.Room == "attic" {
		return []access.Problem{{Key: "place.room", Text: "place.room has no socket"}}
	}
	return nil
}

func (e *lamps) Create(_ context.Context, draft *lamp) (*lamp, error) {
	made := *draft
	made.ID = "lamp-" + strconv.Itoa(len(e.list)+1)
	e.list = append(e.list, &made)
	return &made, nil
}

func (e *lamps) Get(_ context.Context, id string) (*lamp, error) {
	for _, l := range e.list {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, errNoLamp
}

func (e *lamps) List(context.Context) ([]*lamp, error) { return e.list, nil }

func (e *lamps) Replace(ctx context.Context, id string, draft *lamp) (*lamp, error) {
	l, err := e.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	*l = *draft
	l.ID = id
	return l, nil
}

func (e *lamps) Delete(context.Context, string) error {
	e.list = nil
	return nil
}

// lampAPI is an API whose management API has lamps alone.
func lampAPI(t *testing.T, houses map[string]*lamps) http.Handler {
	api := newClient(t, nil)
	rs := &resource[lamp]{
		path: "houses/{house}/lamps", noun: "lamp",
		engine: func(r *http.Request) collection[lamp] { return houses[r.PathValue("house")] },
		id:     func(l *lamp) string { return l.ID },
		fields: []field[lamp]{
			assignedField("id", ofPath, func(l *lamp) any { return l.ID }),
			textField("name", func(l *lamp) *string { return &l.Name }),
			secretField("secret", func(l *lamp) *seal.Secret { return &l.Secret }),
			boolField("on", func(l *lamp) *bool { return &l.On }),
			textListField("tags", func(l *lamp) *[]string { return &l.Tags }),
			objectField("place", func(l *lamp) *place { return &l.Place }, []field[place]{
				optionalTextField("room", func(p *place) *string { return &p.Room }),
				unsupportedField[place]("floor", "is not offered"),
			}),
			ignoredField("fixed", func(l *lamp) any { return l.Fixed }),
		},
	}
	mux := http.NewServeMux()
	rs.mount(api, mux)
	return mux
}

const lampsPath = "/client/v4/accounts/" + account + "/access/houses/home/lamps"

func ask(h http.Handler, method, path, body, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

// pointers returns the pointers of an answer's errors.
func pointers(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	var got envelope
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, m := range got.Errors {
		if m.Source != nil {
			list = append(list, m.Source.Pointer)
		}
	}
	return strings.Join(list, " ")
}

func TestAResourceHasAllPhases(t *testing.T) {
	houses := map[string]*lamps{"home": {}, "other": {}}
	h := lampAPI(t, houses)
	made := ask(h, "POST", lampsPath, `{"name": "Desk", "secret": "the-secret", "tags": ["a"], "place": {"room": "study"}}`, goodToken)
	const want = `{"id":"lamp-1","name":"Desk","on":false,"tags":["a"],"place":{"room":"study"},"fixed":false}`
	if made.Code != 201 || !strings.Contains(made.Body.String(), `"result":`+want) {
		t.Fatalf("create: got %d %s, want the result %s", made.Code, made.Body, want)
	}
	if len(houses["home"].list) != 1 || houses["home"].list[0].Secret != "the-secret" || len(houses["other"].list) != 0 {
		t.Errorf("got %+v, want one lamp with its secret in the house of the path", houses["home"].list)
	}
	if list := ask(h, "GET", lampsPath, "", goodToken); list.Code != 200 || !strings.Contains(list.Body.String(), want) || !strings.Contains(list.Body.String(), `"total_count":1`) {
		t.Errorf("list: got %d %s, want one lamp", list.Code, list.Body)
	}
	// What was read can be sent back.
	if put := ask(h, "PUT", lampsPath+"/lamp-1", want, goodToken); put.Code != 200 || !strings.Contains(put.Body.String(), want) {
		t.Errorf("replace: got %d %s, want %s", put.Code, put.Body, want)
	}
	if del := ask(h, "DELETE", lampsPath+"/lamp-1", "", goodToken); del.Code != 200 || !strings.Contains(del.Body.String(), `"result":{"id":"lamp-1"}`) {
		t.Errorf("delete: got %d %s, want the id", del.Code, del.Body)
	}
	if get := ask(h, "GET", lampsPath+"/lamp-1", "", goodToken); get.Code == 200 {
		t.Errorf("get: got %d %s, want an error", get.Code, get.Body)
	}
}

func TestEveryRouteOfAResourceIsAuthorized(t *testing.T) {
	houses := map[string]*lamps{"home": {list: []*lamp{{ID: "lamp-1", Name: "Desk"}}}}
	h := lampAPI(t, houses)
	elsewhere := strings.Replace(lampsPath, account, "f"+account[1:], 1)
	for _, method := range []string{"POST", "GET", "PUT", "DELETE"} {
		for _, suffix := range []string{"", "/lamp-1"} {
			if (suffix == "") != (method == "POST") && method != "GET" {
				continue
			}
			for _, try := range []struct{ path, token string }{{lampsPath, "other"}, {elsewhere, goodToken}} {
				if rec := ask(h, method, try.path+suffix, `{"name": "x", "place": {}}`, try.token); rec.Code != 403 {
					t.Errorf("%s %s with token %q: got %d %s, want 403", method, try.path+suffix, try.token, rec.Code, rec.Body)
				}
			}
		}
	}
	if len(houses["home"].list) != 1 || houses["home"].list[0].Name != "Desk" {
		t.Error("a refused request changed a lamp")
	}
}

func TestKnownKeysAreNamed(t *testing.T) {
	key := func(name string, settable bool) field[lamp] { return field[lamp]{key: name, settable: settable} }
	for _, tt := range []struct {
		path   []string
		fields []field[lamp]
		want   string
	}{
		{nil, []field[lamp]{key("a", true), key("b", false), key("c", true), key("d", true)}, "the keys are a, c and d"},
		{[]string{"x", "y"}, []field[lamp]{key("a", true), key("b", true)}, "the keys of x.y are a and b"},
		{[]string{"x"}, []field[lamp]{key("a", true)}, "the only key of x is a"},
		{[]string{"x"}, []field[lamp]{key("a", false)}, "no key of x can be set"},
	} {
		if got := knownKeys(tt.path, tt.fields); got != tt.want {
			t.Errorf("knownKeys(%v): got %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestProblemsPointToTheirKeys(t *testing.T) {
	h := lampAPI(t, map[string]*lamps{"home": {}})
	long := strings.Repeat("k", 41)
	for body, want := range map[string]string{
		`{"place": {}}`:                                    "/name",
		`{"name": "x"}`:                                    "/place",
		`{"name": "x", "place": null}`:                     "/place",
		`{"name": "x", "place": {"room": 1}}`:              "/place/room",
		`{"name": "x", "place": {"floor": 2}}`:             "/place/floor",
		`{"name": "x", "place": {"room": "attic"}}`:        "/place/room",
		`{"name": 1, "place": {"a/b": 1, "c~d": 1}}`:       "/name /place/a~1b /place/c~0d",
		`{"name": "x", "place": {"a": 1}, "on": "yes"}`:    "/on /place/a",
		`{"name": "x", "place": {}, "tags": "a"}`:          "/tags",
		`{"name": "x", "place": {}, "id": "mine"}`:         "/id",
		`{"name": "x", "place": {"` + long + `": true}}`:   "/place",
		`{"name": "x", "place": {}, "` + long + `": true}`: "",
	} {
		rec := ask(h, "POST", lampsPath, body, goodToken)
		if got := pointers(t, rec); rec.Code != 400 || got != want {
			t.Errorf("%s: got %d with the pointers %q, want 400 with %q", body, rec.Code, got, want)
		}
	}
}

// Each write leaves one line, whatever came of it, and no read does.
func TestWritesAreAudited(t *testing.T) {
	log := &bytes.Buffer{}
	w := newWorld(t, func(_ *world, c *Config) { c.Audit = slog.New(slog.NewJSONHandler(log, nil)) })
	path := "/client/v4/accounts/" + account + "/access/identity_providers"
	call := func(method, path, body string) (id string) {
		t.Helper()
		r := httptest.NewRequest(method, "https://team.example.com"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+goodToken)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.api.Handler().ServeHTTP(rec, r)
		var got struct{ Result struct{ ID string } }
		_ = json.Unmarshal(rec.Body.Bytes(), &got)
		return got.Result.ID
	}
	const body = `{"name":"x","type":"oidc","config":{"client_id":"c","client_secret":"s3cret","auth_url":"https://idp.example.com/a","token_url":"https://idp.example.com/t","certs_url":"https://idp.example.com/k"}}`
	made := call("POST", path, body)
	if made == "" {
		t.Fatal("no provider was made")
	}
	call("GET", path, "")
	call("GET", path+"/"+made, "")
	call("PUT", path+"/"+made, strings.Replace(body, `"x"`, `"y"`, 1))
	call("PUT", path+"/"+made, `{"name":`)
	call("DELETE", path+"/"+made, "")
	call("DELETE", path+"/"+made, "")
	call("POST", "/client/v4/accounts/ffffffffffffffffffffffffffffffff/access/identity_providers", body)
	var got []string
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["actor"] != "api-token" || line["actor_id"] == "" {
			t.Errorf("got %v", line)
		}
		got = append(got, fmt.Sprint(line["action"], " ", line["target"] == made, " ", line["outcome"]))
	}
	want := []string{
		"POST identity_providers true done", "PUT identity_providers true done", "PUT identity_providers true not-done",
		"DELETE identity_providers true done", "DELETE identity_providers true not-done", "POST identity_providers false not-done",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if strings.Contains(log.String(), "s3cret") || strings.Contains(log.String(), goodToken) {
		t.Errorf("a secret is in %s", log)
	}
}

// A change whose handler panics is written down, and not as done.
func TestAPanicIsNoDoneChange(t *testing.T) {
	var log bytes.Buffer
	a := &API{cfg: Config{Audit: slog.New(slog.NewJSONHandler(&log, nil))}}
	r := httptest.NewRequest(http.MethodPut, "/client/v4/accounts/a/access/identity_providers/b", nil)
	defer func() {
		if recover() == nil || !strings.Contains(log.String(), `"outcome":"not-done"`) || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("got %s, want one line that says not-done", &log)
		}
	}()
	a.change(httptest.NewRecorder(), r, "key", func(http.ResponseWriter, *http.Request) error { panic("broken") })
}
