package plainhttp

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// changeRequest asks for another protocol.
const changeRequest = "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n"

// echo is a handler that sends back what comes after a request that asks for it, after a
// time. It ends with its client.
func echo(after time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/socket" {
			return
		}
		time.Sleep(after)
		nc, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer nc.Close()
		io.WriteString(both, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		both.Flush()
		early, _ := both.Peek(both.Reader.Buffered())
		nc.Write(early)
		io.Copy(nc, nc)
	}
}

// wantEcho reads the answer to changeRequest, and checks what comes after it.
func (c *client) wantEcho(want string) {
	c.t.Helper()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		c.t.Fatalf("got %v (%v), want 101", resp, err)
	}
	c.wantText(want)
}

func (c *client) wantText(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.r, got); err != nil || string(got) != want {
		c.t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

// What the client did not wait to send comes through, whoever has read it.
func TestProtocolsChange(t *testing.T) {
	for name, tt := range map[string]struct {
		before, early string
		after         time.Duration // the request, until it is hijacked
	}{
		"at once":                         {},
		"with early bytes":                {early: "early"},
		"after a long time":               {after: 20 * patience},
		"after a long time, early":        {after: 20 * patience, early: "early"},
		"after usual requests":            {before: strings.Repeat(usualRequest, 3)},
		"after usual requests, early":     {before: strings.Repeat(usualRequest, 3), early: "early"},
		"after usual requests, and later": {before: strings.Repeat(usualRequest, 3), early: "early", after: 20 * patience},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := &http.Server{ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
				road := newRoad(t, srv, echo(tt.after))
				c := road.newClient(t)
				go io.WriteString(c, tt.before+changeRequest+tt.early)
				for range strings.Count(tt.before, usualRequest) {
					c.reads("")
				}
				c.wantEcho(tt.early)
				synctest.Wait()
				if n := road.onShortRoad(); n != 0 {
					t.Errorf("%d connections are on the short road, want none", n)
				}
				time.Sleep(time.Hour) // no limit of time is left
				go io.WriteString(c, "late")
				c.wantText("late")
			})
		})
	}
}

// A handler that does not change the protocol answers like any other.
func TestAProtocolThatDoesNotChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		road := newRoad(t, &http.Server{}, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Upgrade")) })
		c := road.newClient(t)
		c.wants(changeRequest, "echo")
		c.wants(usualRequest, "")
		c.wants(oddRequest, "")
		c.wants(changeRequest, "echo")
	})
}

// Nothing waits for a connection that was hijacked, and it goes on.
func TestShutdownLeavesHijackedConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		road := newRoad(t, &http.Server{}, echo(0))
		c := road.newClient(t)
		go io.WriteString(c, changeRequest)
		c.wantEcho("")
		if err := road.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: got %v, want nil", err)
		}
		go io.WriteString(c, "still there")
		c.wantText("still there")
	})
}

// The answer of a connection that was hijacked is of no use, as in net/http.
func TestAfterHijack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		road := newRoad(t, &http.Server{WriteTimeout: time.Minute}, func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			control := http.NewResponseController(w)
			nc, _, err := control.Hijack()
			if err != nil {
				t.Errorf("Hijack: %v", err)
				return
			}
			defer nc.Close()
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
				t.Errorf("Write: got the error %v, want %v", err, http.ErrHijacked)
			}
			if _, _, err := control.Hijack(); !errors.Is(err, http.ErrHijacked) {
				t.Errorf("Hijack, again: got the error %v, want %v", err, http.ErrHijacked)
			}
			for what, err := range map[string]error{"Flush": control.Flush(), "SetWriteDeadline": control.SetWriteDeadline(time.Now())} {
				if !errors.Is(err, http.ErrHijacked) {
					t.Errorf("%s: got the error %v, want %v", what, err, http.ErrHijacked)
				}
			}
			w.WriteHeader(http.StatusTeapot)
			panic(http.ErrAbortHandler)
		})
		c := road.newClient(t)
		go io.WriteString(c, changeRequest)
		<-done
		c.wantEnd(0)
	})
}

// What was written before goes out first.
func TestHijackAfterABeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		road := newRoad(t, &http.Server{}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "a")
			nc, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Errorf("Hijack: %v", err)
				return
			}
			io.WriteString(nc, "b")
			nc.Close()
		})
		c := road.newClient(t)
		c.wants(changeRequest, "ab")
		c.wantEnd(0)
	})
}

// Only what asks for nothing else takes the short road to change its protocol.
func TestWhoChanges(t *testing.T) {
	for name, tt := range map[string]struct {
		request string
		want    bool
	}{
		"a websocket":             {changeRequest, true},
		"no token":                {get("Upgrade: websocket\r\n"), false},
		"no protocol":             {get("Connection: Upgrade\r\n"), false},
		"two protocols":           {get("Connection: Upgrade\r\nUpgrade: a\r\nUpgrade: b\r\n"), false},
		"HTTP/2":                  {get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"), false},
		"a body":                  {get("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n") + "x", false},
		"a body of chunks":        {get("Connection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", false},
		"the last request":        {get("Connection: Upgrade, close\r\nUpgrade: websocket\r\n"), false},
		"POST":                    {"POST /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false},
		"HTTP/1.0":                {"GET /a HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false},
		"100-continue":            {get("Connection: Upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue\r\n"), false},
		"no host":                 {"GET /a HTTP/1.1\r\nHost:\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false},
		"a usual request of ours": {usualRequest, false},
	} {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(tt.request)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := changes(r); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}
