package server

import (
	"net"
	"net/http"
	"strings"
	"testing"
)

// The address that redirects to TLS stayed what it was at the start.
func TestAReloadMovesTheRedirect(t *testing.T) {
	a := &redirectAddress{}
	failed := make(chan error, 4)
	begin := func() *http.Server {
		return &http.Server{Handler: http.RedirectHandler("https://app.example.com/", http.StatusPermanentRedirect)}
	}
	if ln, err := a.open("127.0.0.1:0"); ln != nil || err != nil {
		t.Fatalf("before the server runs: %v, %v; want nothing", ln, err)
	}
	a.begin("", nil, begin, failed)
	defer a.end()

	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answers := func(at string) bool {
		resp, err := client.Get("http://" + at + "/")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusPermanentRedirect
	}
	move := func(to string) string {
		t.Helper()
		ln, err := a.open(to)
		if err != nil {
			t.Fatal(err)
		}
		a.move(to, ln)
		if ln == nil {
			return ""
		}
		return ln.Addr().String()
	}
	first := move("127.0.0.1:0")
	if !answers(first) {
		t.Error("an address that a reload added does not answer")
	}
	if move("127.0.0.1:0") != "" || !answers(first) {
		t.Error("the same address again: it was opened anew, or answers no more")
	}
	second := move("localhost:0")
	if !answers(second) || answers(first) {
		t.Error("moved: the new address does not answer, or the old one does")
	}

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := a.open(taken.Addr().String()); err == nil || !strings.Contains(err.Error(), "http_redirect_addr") || !answers(second) {
		t.Errorf("an address that is taken: %v; want an error that names the key, and the old address in use", err)
	}
	move("")
	if answers(second) {
		t.Error("taken out of the file: the address still answers")
	}
	third := move("127.0.0.1:0")
	ln, err := a.open("localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	a.end()
	a.move("localhost:0", ln) // a reload at the end of the process
	if answers(third) || answers(ln.Addr().String()) {
		t.Error("after the end an address answers")
	}
	if len(failed) > 0 {
		t.Errorf("got the failure %v, want none", <-failed)
	}
}
