package proxy

import (
	"bufio"
	"fmt"
	"io"
	"testing"
	"time"

	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/route"
	"gatehouse/internal/gateway/session"
)

// goingOn returns how many exchanges go on.
func (g *Gateway) goingOn() (n int) {
	g.open.mu.Lock()
	defer g.open.mu.Unlock()
	for x := range g.open.all {
		if x.ended.Load() == nil {
			n++
		}
	}
	return n
}

// Whatever a reload takes away ends its connections. They went on until they ended by
// themselves, with what the person may not see any more.
func TestAReloadEndsWhatItTakesAway(t *testing.T) {
	anybody, public := policy.Access{AnyUser: true}, policy.Access{Public: true}
	noTool := map[string]any{"deny": map[string]any{"or": []any{map[string]any{"mcp_tool": "drop"}}}}
	const from = "https://live.example.com"
	for name, c := range map[string]struct {
		before, after policy.Access
		change        func(*world, *Route)
		gone, goesOn  bool
		inactive      bool // the other front, which signed the person in, is not used any more
	}{
		"the same again":                 {before: anybody, after: anybody, goesOn: true},
		"the route is gone":              {before: anybody, after: anybody, gone: true},
		"a public route is gone":         {before: public, after: public, gone: true},
		"others are admitted":            {before: anybody, after: policy.Access{Users: []string{"bob@example.com"}}},
		"the person is admitted by name": {before: anybody, after: policy.Access{Users: []string{"alice@example.com"}}, goesOn: true},
		"a public route asks for people": {before: public, after: policy.Access{Users: []string{"bob@example.com"}}},
		"everybody is admitted":          {before: anybody, after: public, goesOn: true},
		"another provider":               {before: anybody, after: anybody, change: func(_ *world, r *Route) { r.Provider = "p2" }},
		"the protocol":                   {before: anybody, after: anybody, change: func(_ *world, r *Route) { r.Upgrades = nil }},
		"tools are asked for":            {before: anybody, after: policy.Access{AnyUser: true, PPL: noTool}},
		"a later sign-in":                {before: anybody, after: anybody, change: func(_ *world, r *Route) { r.Reauthenticate = time.Minute }},
		"another upstream":               {before: anybody, after: anybody, change: func(w *world, r *Route) { r.To = []Upstream{{URL: w.Upstream.URL}} }, goesOn: true},
		"the path":                       {before: anybody, after: anybody, change: func(_ *world, r *Route) { r.Prefix = "/elsewhere" }},
		"an answer of the gateway's own": {before: anybody, after: anybody, change: func(_ *world, r *Route) { r.To, r.Response = nil, &Response{Status: 404} }, goesOn: true},
		"the other front":                {before: anybody, after: anybody, inactive: true},
	} {
		t.Run(name, func(t *testing.T) {
			upstream, gone := streaming(t)
			front := newOtherFront()
			front.inactive = !c.inactive
			w := newWorld(t, func(w *world, cfg *Config) {
				if c.inactive {
					cfg.Front = front
				}
				cfg.Routes = append(cfg.Routes, w.route(from, c.before, func(r *Route) { r.To, r.Upgrades = upstream, []string{"websocket"} }))
			})
			cookie, s := w.knownSession("live.example.com", nil)
			sent := fmt.Sprintf("Cookie: %s=%s", cookie.Name, cookie.Value)
			if c.inactive {
				s, sent = front.signIn(t, w.Sessions).service, "Cf-Access-Client-Id: good"
			}
			conn := w.network.Dial(true)
			t.Cleanup(func() { conn.Close() })
			conn.SetDeadline(time.Now().Add(20 * time.Second)) // for a test that fails
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: live.example.com:%s\r\n%s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", port, sent)
			reader := bufio.NewReader(conn)
			for line := ""; line != "data: hello\n"; {
				var err error
				if line, err = reader.ReadString('\n'); err != nil {
					t.Fatalf("before the first event: %v", err)
				}
			}
			next := w.cfg
			next.Routes = next.Routes[:3:3]
			if !c.gone {
				next.Routes = append(next.Routes, w.route(from, c.after, func(r *Route) {
					r.To, r.Upgrades = upstream, []string{"websocket"}
					if c.change != nil {
						c.change(w, r)
					}
				}))
			}
			front.inactive = true
			if err := w.gateway.Reload(next); err != nil {
				t.Fatal(err)
			}
			if got := w.gateway.goingOn() == 1; got != c.goesOn {
				t.Fatalf("the connection goes on: %t, want %t", got, c.goesOn)
			}
			if !c.goesOn {
				<-gone
				if _, err := io.ReadAll(reader); err != nil && err != io.ErrUnexpectedEOF {
					t.Errorf("got %v, want the end of the connection", err)
				}
				return
			}
			if _, err := w.Sessions.End(t.Context(), session.Scope{ID: s.ID}); err != nil { // it is still attended
				t.Fatal(err)
			}
		})
	}
}

// A request that was decided about before a reload, and sent on after it.
func TestARequestThatAReloadOvertakesIsReviewed(t *testing.T) {
	w := newWorld(t, nil)
	old := w.gateway.live.Load()
	next := w.cfg
	next.Routes = next.Routes[1:]
	if err := w.gateway.Reload(next); err != nil {
		t.Fatal(err)
	}
	ended := 0
	for _, host := range []string{"app.example.com", "public.example.com"} {
		x := &exchange{host: host, cleaned: route.Cleaned{Path: "/"}}
		ctx := x.begin(t.Context(), 0)
		x.question = policy.Request{Host: host, Path: "/"}
		w.gateway.open.add(x, old.forwarder)
		if gone := x.ended.Load() != nil; gone != (host == "app.example.com") {
			t.Errorf("%s: ended %t", host, gone)
		}
		if ctx.Err() != nil {
			ended++
		}
	}
	if ended != 1 {
		t.Errorf("%d exchanges were aborted, want that of the route that is gone", ended)
	}
}
