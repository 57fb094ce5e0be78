package proxy

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/internal/testing/browser"
)

// unruly is an application that says to whom it answers, and often more or less than it
// announces.
func unruly(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go misbehave(conn)
		}
	}()
	return "http://" + ln.Addr().String()
}

func misbehave(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		text := subjectOf(req.Header.Get(headerAssertion)) + " " + req.URL.Path + " " + strings.Repeat("x", 3000)
		evil := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
		announced := len(text)
		switch req.URL.Query().Get("how") {
		case "more":
			text += evil
		case "less":
			announced *= 2
		case "early": // the body of the request is left unread
			io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", announced, text)
		if announced != len(text) {
			return
		}
		io.Copy(io.Discard, req.Body)
	}
}

// subjectOf returns the subject of an assertion, whoever signed it.
func subjectOf(assertion string) string {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return "nobody"
	}
	plain, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Team string `json:"team"`
	}
	_ = json.Unmarshal(plain, &claims) // without a claim, nobody is meant
	return claims.Team
}

// Whatever an application announces and the other clients do: who gets an answer gets
// their own.
func TestNoAnswerReachesAnotherPerson(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) {
		c.ClaimHeaders["X-Team"] = "team"
		c.Routes[0].To = to(unruly(t))
	})
	var all sync.WaitGroup
	var whole atomic.Int64
	for i := range 8 {
		team := fmt.Sprint("team-", i)
		cookie, _ := w.knownSession("app.example.com", map[string]any{"sub": "u-1", "team": team})
		all.Go(func() {
			for j := range 20 {
				if one(t, w.network, team, fmt.Sprint("/", i, "/", j), cookie.String(), j) {
					whole.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := whole.Load(); n < 80 {
		t.Errorf("%d of 160 requests got a whole answer, want at least half", n)
	}
}

// one sends a request in one of many ways, and checks what comes. It reports whether that
// is whole.
func one(t *testing.T, n *browser.Network, team, path, cookie string, j int) bool {
	conn := n.Dial(true)
	defer conn.Close()
	how := []string{"", "more", "less", "early", ""}[j%5]
	line, body := "GET", ""
	if j%4 == 3 && how != "more" { // of two answers in one packet, net/http may have taken both
		line, body = "POST", strings.Repeat("y", 100_000)
	}
	cookie, _, _ = strings.Cut(cookie, ";")
	go fmt.Fprintf(conn, "%s %s?how=%s HTTP/1.1\r\nHost: app.example.com:%s\r\nCookie: %s\r\nContent-Length: %d\r\n\r\n%s", line, path, how, port, cookie, len(body), body)
	if j%7 == 6 {
		return false // the client goes
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return false // cut
	}
	got, err := io.ReadAll(resp.Body) // may be cut
	if want := team + " " + path + " "; resp.StatusCode == 200 && !strings.HasPrefix(string(got), want) || strings.Contains(string(got), "evil") {
		t.Errorf("%s %s (%s): got %.60q, want %q", line, path, how, got, want)
	}
	return err == nil && resp.StatusCode == 200
}
