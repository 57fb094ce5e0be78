package proxy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/identity"
)

func TestWhichToolsAMessageCalls(t *testing.T) {
	for body, want := range map[string][]string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"query","arguments":{"name":"drop"}}}`: {"query"},
		`{"method":"tools\/call","params":{"name":"qu\u0065ry"}}`:                                              {"query"},
		` [{"method":"tools/call","params":{"name":"b"}}, {"method":"tools/call","params":{"name":"a"}},
		   {"method":"tools/call","params":{"name":"b"}}]`: {"a", "b"},
		`[{"method":"tools/list"},{"method":"tools/call","params":{"name":"a"}}]`:                  {"", "a"},
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}`: {""},
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`:                                   {""},
		`{"jsonrpc":"2.0","id":1,"result":{"method":"tools/call"}}`:                                {""}, // the answer to a question of the server
		`{"method":"tools/list","params":{"Method":"tools/call","name":"a","Name":"b"}}`:           {""},
	} {
		got, err := toolCalls([]byte(body))
		if err != nil || !slices.Equal(got.tools, want) {
			t.Errorf("%s: got %v and the error %v, want %q", body, got, err, want)
		}
	}
}

// A message that two readers of JSON may understand in different ways is refused: one
// could see another tool than the policy.
func TestMessagesThatCanBeReadInTwoWays(t *testing.T) {
	call := func(rest string) string { return `{"jsonrpc":"2.0","id":1,"method":"tools/call",` + rest + `}` }
	for name, body := range map[string]string{
		"nothing":                      ``,
		"no JSON":                      `tools/call`,
		"a comment":                    `{"method":"tools/list"/*x*/}`,
		"text behind the end":          `{"method":"tools/list"}{"method":"tools/call","params":{"name":"a"}}`,
		"text behind a batch":          `[{"method":"tools/list"}]{"method":"tools/call","params":{"name":"a"}}`,
		"lines":                        "{\"method\":\"tools/list\"}\n{\"method\":\"tools/call\",\"params\":{\"name\":\"a\"}}",
		"a mark of the byte order":     "\ufeff" + `{"method":"tools/list"}`,
		"UTF-16":                       "{\x00\"\x00",
		"bytes that are no UTF-8":      `{"method":"tools/list","x":"` + "\xff" + `"}`,
		"an empty batch":               `[]`,
		"a batch in a batch":           `[[{"method":"tools/call","params":{"name":"a"}}]]`,
		"a text in a batch":            `["tools/call"]`,
		"null":                         `null`,
		"a number":                     `1`,
		"the method twice":             `{"method":"tools/list","method":"tools/call","params":{"name":"a"}}`,
		"the method escaped":           `{"method":"tools/list","meth\u006fd":"tools/call","params":{"name":"a"}}`,
		"the method in other letters":  `{"method":"tools/list","Method":"tools/call","params":{"name":"a"}}`,
		"only in other letters":        `{"METHOD":"tools/call","params":{"name":"a"}}`,
		"parameters of a long s":       call(`"paramſ":{"name":"a"}`),
		"the parameters twice":         call(`"params":{"name":"ok"},"params":{"name":"a"}`),
		"parameters in other letters":  call(`"params":{"name":"ok"},"Params":{"name":"a"}`),
		"the name twice":               call(`"params":{"name":"ok","name":"a"}`),
		"the name in other letters":    call(`"params":{"name":"ok","Name":"a"}`),
		"only the name in others":      call(`"params":{"NAME":"a"}`),
		"no parameters":                `{"method":"tools/call"}`,
		"null parameters":              call(`"params":null`),
		"parameters by place":          call(`"params":["a"]`),
		"no name":                      call(`"params":{}`),
		"an empty name":                call(`"params":{"name":""}`),
		"a name that is none":          call(`"params":{"name":["a"]}`),
		"a name of null":               call(`"params":{"name":null}`),
		"a name with an end":           call(`"params":{"name":"drop\u0000"}`),
		"a name with a space":          call(`"params":{"name":" drop"}`),
		"a name with a line":           call(`"params":{"name":"drop\n"}`),
		"a name with half a character": call(`"params":{"name":"drop\ud800"}`),
		"a name that is too long":      call(`"params":{"name":"` + strings.Repeat("a", 300) + `"}`),
		"a method that is none":        `{"method":["tools/call"],"params":{"name":"a"}}`,
		"a method with an end":         `{"method":"tools/call\u0000","params":{"name":"a"}}`,
		"a method of null":             `{"method":null}`,
		"a key with an end":            `{"method\u0000":"tools/call","method":"tools/list","params":{"name":"a"}}`,
		"a parameter with an end":      call(`"params":{"name\u0000":"a","name":"ok"}`),
		"a key with half a character":  `{"method\ud800":"tools/call","method":"tools/list","params":{"name":"a"}}`,
		"another key twice":            `{"method":"tools/list","id":1,"id":2}`,
		"too deep":                     `{"method":"tools/list","params":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`,
		"half":                         `{"method":"tools/call","params":{"name":"a"`,
	} {
		if got, err := toolCalls([]byte(body)); err == nil {
			t.Errorf("%s: got %q, want an error", name, got.tools)
		}
	}
}

// Whatever is let through, the most lenient reader of the standard library finds the same
// tool in it.
func FuzzToolCalls(f *testing.F) {
	for _, seed := range []string{`{"method":"tools/call","params":{"name":"a"}}`, `[{"method":"tools/list"}]`, `{"Method":"tools/call"}`, `{"method":"tools/list","METHOD":"tools/call"}`} {
		f.Add([]byte(seed))
	}
	type message struct {
		Method string
		Params json.RawMessage
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := toolCalls(body)
		if err != nil {
			return
		}
		messages := []message{{}}
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			err = json.Unmarshal(body, &messages)
		} else {
			err = json.Unmarshal(body, &messages[0])
		}
		if err != nil {
			t.Fatalf("%q: encoding/json refuses it: %v", body, err)
		}
		for _, m := range messages {
			params := struct{ Name string }{}
			if m.Method == "tools/call" && json.Unmarshal(m.Params, &params) != nil || !slices.Contains(got.tools, params.Name) {
				t.Fatalf("%q: encoding/json finds %q, toolCalls %q", body, params.Name, got.tools)
			}
		}
	})
}

// newToolWorld is a world with a server of the Model Context Protocol that may drop
// nothing.
func newToolWorld(t *testing.T, change func(*Route)) *world {
	t.Helper()
	return newWorld(t, func(w *world, c *Config) {
		deny := map[string]any{"deny": map[string]any{"or": []any{map[string]any{"mcp_tool": map[string]any{"starts_with": "drop"}}}}}
		c.Routes = append(c.Routes, w.route("https://tools.example.com", policy.Access{AnyUser: true, PPL: deny}, change))
	})
}

// post sends a message to the tools, with a session if there is a cookie.
func (w *world) post(body io.Reader, cookie *http.Cookie, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "https://tools.example.com:"+port+"/mcp", body)
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	rec := httptest.NewRecorder()
	w.gateway.ServeHTTP(rec, r)
	return rec
}

func callOf(tool string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q}}`, tool)
}

func TestToolsAreCalledByThePolicy(t *testing.T) {
	got := make(chan string, 10)
	tools := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- fmt.Sprintf("%s %d %v", body, r.ContentLength, r.TransferEncoding)
	}))
	t.Cleanup(tools.Close)
	w := newToolWorld(t, func(r *Route) { r.To, r.MaxMessage, r.Upgrades = to(tools.URL), 1000, []string{"websocket"} })
	cookie, _ := w.knownSession("tools.example.com", map[string]any{})
	list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	batch := "[" + list + "," + callOf("query") + "]"
	for _, tt := range []struct {
		name   string
		body   io.Reader
		header map[string]string
		want   int
		sent   string // to the upstream; "": nothing
	}{
		{"a tool that may be called", strings.NewReader(callOf("query")), nil, 200, callOf("query")},
		{"one that may not", strings.NewReader(callOf("drop_table")), nil, 403, ""},
		{"no call", strings.NewReader(list), nil, 200, list},
		{"a batch", strings.NewReader(batch), nil, 200, batch},
		{"a batch with one that may not", strings.NewReader("[" + list + "," + callOf("query") + "," + callOf("drop") + "]"), nil, 403, ""},
		{"of unknown length", struct{ io.Reader }{strings.NewReader(list)}, nil, 200, list},
		{"of unknown length, one that may not", struct{ io.Reader }{strings.NewReader(callOf("drop"))}, nil, 403, ""},
		{"with UTF-8", strings.NewReader(list), map[string]string{"Content-Type": "Application/JSON; charset=UTF-8"}, 200, list},
		{"unreadable", strings.NewReader("{"), nil, 400, ""},
		{"in two ways", strings.NewReader(`{"method":"tools/list","Method":"tools/call","params":{"name":"drop"}}`), nil, 400, ""},
		{"another type", strings.NewReader(callOf("drop")), map[string]string{"Content-Type": "text/plain"}, 415, ""},
		{"a form", strings.NewReader("a=b"), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415, ""},
		{"no type", strings.NewReader(callOf("drop")), map[string]string{"Content-Type": ""}, 415, ""},
		{"another encoding", strings.NewReader(callOf("drop")), map[string]string{"Content-Type": "application/json; charset=utf-7"}, 415, ""},
		{"compressed", strings.NewReader(callOf("drop")), map[string]string{"Content-Encoding": "gzip"}, 415, ""},
		{"too large", strings.NewReader(list + strings.Repeat(" ", 1000)), nil, 413, ""},
		{"a websocket", http.NoBody, map[string]string{"Connection": "Upgrade", "Upgrade": "websocket"}, 403, ""},
	} {
		rec := w.post(tt.body, cookie, tt.header)
		if rec.Code != tt.want {
			t.Errorf("%s: got %d, want %d: %s", tt.name, rec.Code, tt.want, rec.Body)
		}
		select {
		case sent := <-got:
			if want := fmt.Sprintf("%s %d []", tt.sent, len(tt.sent)); sent != want || tt.sent == "" {
				t.Errorf("%s: the upstream got %q, want %q", tt.name, sent, want)
			}
		default:
			if tt.sent != "" {
				t.Errorf("%s: nothing reached the upstream", tt.name)
			}
		}
	}
}

// Whoever is not signed in is sent to sign in before anybody reads what they send.
func TestAStrangersMessageIsNotRead(t *testing.T) {
	w := newToolWorld(t, nil)
	body := &untouched{}
	if rec := w.post(body, nil, nil); rec.Code != 302 || body.read {
		t.Errorf("got %d, and the body was read: %t; want 302 and an unread body", rec.Code, body.read)
	}
}

type untouched struct{ read bool }

func (u *untouched) Read([]byte) (int, error) { u.read = true; return 0, io.EOF }

// A person whose device another node has written since, so that the decision changes once
// the session is looked at again: the message is read before it changes.
func TestToolsOfAPersonWhoHasJustProvenADevice(t *testing.T) {
	got := make(chan string, 10)
	tools := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
	}))
	t.Cleanup(tools.Close)
	w := deviceWorld(t)
	next := w.cfg
	next.Routes = append(next.Routes, w.route("https://tools.example.com", policy.Access{PPL: map[string]any{
		"allow": map[string]any{"and": []any{map[string]any{"domain": "example.com"}, map[string]any{"device": map[string]any{}}}},
		"deny":  map[string]any{"or": []any{map[string]any{"mcp_tool": "drop"}}},
	}}, func(r *Route) { r.To = to(tools.URL) }))
	if err := w.gateway.Reload(next); err != nil {
		t.Fatal(err)
	}
	box, err := seal.NewBox(secret("box"), "store") // that of the world
	if err != nil {
		t.Fatal(err)
	}
	other, err := session.NewManager(session.Config{Store: w.Store, Box: box, Now: w.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	for tool, want := range map[string]int{"drop": 403, "query": 200} {
		cookie, s := w.knownSession("tools.example.com", map[string]any{})
		if rec := w.post(strings.NewReader(callOf(tool)), cookie, map[string]string{"Accept": "application/json"}); rec.Code != 401 {
			t.Fatalf("without a device: got %d, want 401", rec.Code)
		}
		if err := other.AddDevice(t.Context(), s.ID, identity.Device{ID: "d", Type: "any"}); err != nil {
			t.Fatal(err)
		}
		rec := w.post(strings.NewReader(callOf(tool)), cookie, map[string]string{"Accept": "application/json"})
		if rec.Code != want {
			t.Errorf("%s: got %d, want %d: %s", tool, rec.Code, want, rec.Body)
		}
	}
	close(got)
	for body := range got {
		if body != callOf("query") {
			t.Errorf("the upstream got %s", body)
		}
	}
}

// A message that was on its way when a reload made the policy ask for tools does not arrive.
func TestAMessageThatAReloadOvertakes(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.Routes = append(c.Routes, w.route("https://tools.example.com", policy.Access{Public: true}, nil))
	})
	old, next := w.gateway.live.Load(), w.cfg
	ppl := map[string]any{"allow": map[string]any{"or": []any{map[string]any{"accept": true}}}, "deny": map[string]any{"or": []any{map[string]any{"mcp_tool": "drop"}}}}
	next.Routes = append(next.Routes[:len(next.Routes)-1:len(next.Routes)-1], w.route("https://tools.example.com", policy.Access{PPL: ppl}, nil))
	if err := w.gateway.Reload(next); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		x    *exchange
		ends bool
	}{
		"a message that nobody has read": {&exchange{received: &requestBody{}}, true},
		"one that was read":              {&exchange{received: &requestBody{}, messages: &toolMessages{}}, false},
		"no message":                     {&exchange{}, false},
	} {
		x := tt.x
		x.host, x.cleaned = "tools.example.com", route.Cleaned{Path: "/"}
		x.question = policy.Request{Host: x.host, Path: "/"}
		w.gateway.open.add(x, old.forwarder)
		if ended := x.ended.Load() != nil; ended != tt.ends {
			t.Errorf("%s: ended %t, want %t", name, ended, tt.ends)
		}
	}
}

// Another proxy that asks whether a request may pass keeps the body, and a tunnel's bytes
// are no messages.
func TestToolsThatNobodyCouldRead(t *testing.T) {
	w := newToolWorld(t, nil)
	next := w.cfg
	deny := map[string]any{"deny": map[string]any{"or": []any{map[string]any{"mcp_tool": "drop"}}}}
	next.Routes = []*Route{w.route("https://a.example.com", policy.Access{AnyUser: true, PPL: deny}, func(r *Route) { r.Tunnels, r.To = []string{"a.example.com:1"}, to("tcp://127.0.0.1:1") })}
	if err := w.gateway.Reload(next); err == nil || !strings.Contains(err.Error(), "mcp_tool") {
		t.Errorf("got the error %v, want one about mcp_tool", err)
	}
}

// Pomerium's names for the log (mcp-method, mcp-tool).
func TestTheLogSaysWhichToolsWereCalled(t *testing.T) {
	log := &lockedBuffer{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	w := newWorld(t, func(w *world, c *Config) {
		c.AccessFields, c.AuthorizeFields, c.Log = []string{}, []string{"mcp-method", "mcp-tool"}, logger
		c.Routes = append(c.Routes, w.route("https://tools.example.com", policy.Access{AnyUser: true, PPL: map[string]any{"deny": map[string]any{"or": []any{map[string]any{"mcp_tool": "drop"}}}}}, nil))
	})
	cookie, _ := w.knownSession("tools.example.com", map[string]any{})
	w.post(strings.NewReader("["+callOf("query")+","+callOf("drop")+`,{"method":"tools/list"}]`), cookie, nil)
	got := lines(t, log, "authorize check")
	if len(got) != 1 || got[0]["mcp-method"] != "tools/call,tools/call,tools/list" || got[0]["mcp-tool"] != "drop,query" || got[0]["deny"] != true {
		t.Errorf("got %v, want one line with the methods and the tools", got)
	}
}
