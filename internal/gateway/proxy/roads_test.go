package proxy

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/policy"
)

// dictated is an application that says what it is told to, and keeps the head of the last
// request.
type dictated struct {
	url string

	mu        sync.Mutex
	text, got string
}

func newDictated(t *testing.T) *dictated {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	d := &dictated{url: "http://" + ln.Addr().String()}
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go d.serve(conn)
		}
	}()
	return d
}

func (d *dictated) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		head, err := headFrom(r)
		if err != nil {
			return
		}
		if strings.Contains(head, "\r\nContent-Length: 1\r\n") {
			_, _ = r.Discard(1) // else the next head is missing
		}
		d.mu.Lock()
		d.got = head
		text, last := strings.CutSuffix(d.text, "<close>")
		d.mu.Unlock()
		if _, err := io.WriteString(conn, text); err != nil || last {
			return
		}
	}
}

func headFrom(r *bufio.Reader) (head string, err error) {
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		head += line
	}
	return head, nil
}

// exchange has a request answered with text, and returns what reached the application.
func (d *dictated) exchange(ask func() passed, text string) (got string, answer passed) {
	d.mu.Lock()
	d.got, d.text = "", text
	d.mu.Unlock()
	answer = ask()
	if id := answer.Header["X-Request-Id"]; len(id) > 0 {
		id[0] = "" // another one for each request
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got, answer
}

// linesOfHead returns the lines of a head, sorted, but for those that differ.
func linesOfHead(head string) []string {
	lines := strings.Split(strings.TrimSpace(head), "\r\n")
	slices.Sort(lines)
	return slices.DeleteFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "Content-Length: ") || strings.HasPrefix(l, "X-Request-Id: ")
	})
}

// some returns up to most of the lines.
func some(chance *rand.Rand, most int, lines []string) (text string) {
	for range chance.IntN(most + 1) {
		text += lines[chance.IntN(len(lines))] + "\r\n"
	}
	return text
}

// bothRoads returns what asks an application in the same way twice: over our own transport,
// and, as the request has a body, over that of net/http.
func bothRoads(t *testing.T, d *dictated) func(head, text string) (heads [2]string, answers [2]passed) {
	t.Helper()
	w := newWorld(t, func(w *world, c *Config) {
		c.Underscores = UnderscoreAllow
		c.Routes = append(c.Routes, w.route("https://x.example.com", policy.Access{Public: true}, func(r *Route) {
			r.To, r.PassIdentity = to(d.url), true
			r.SetRequestHeaders, r.RemoveRequestHeaders = map[string]string{"X-Set": "ours"}, []string{"X-Removed"}
			r.SetResponseHeaders = map[string]string{"X-Frame-Options": "DENY", "X-Answer": "ours"}
		}))
	})
	return func(head, text string) (heads [2]string, answers [2]passed) {
		method, _, _ := strings.Cut(head, " ")
		for i, body := range []string{"\r\n", "Content-Length: 1\r\n\r\nx"} {
			heads[i], answers[i] = d.exchange(func() passed { return ask(t, w.network, head+"Host: x.example.com:"+port+"\r\n"+body, method) }, text)
			w.gateway.live.Load().transports.close() // the application closes some connections that may be in use
		}
		return heads, answers
	}
}

func TestBothRoadsSendTheSameHeaders(t *testing.T) {
	names := strings.Fields(`X-Pomerium-Jwt-Assertion x-pomerium-claim-email X_Pomerium_Jwt_Assertion x.pomerium.claim.email Cf-Access-Jwt-Assertion
		X-Forwarded-For X_Forwarded_For X-Real-Ip X_Real_Ip x_request_id Connection Te Keep-Alive Upgrade Cookie Authorization User-Agent user_agent Accept
		X-Foo X-Groups x_groups Trailer Proxy-Connection DPoP ETag Sec-Ch-Ua X-Set x_set X-Removed x_removed Content_Length Transfer_Encoding remote_user`)
	values := []string{"", "a", "trailers", "X-Foo, cookie", "x-pomerium-jwt-assertion, X-Set, x-forwarded-for, x-real-ip", "upgrade", "_pomerium=z; a=b", "Pomerium x", "\x80\xe9", "a\tb"}
	d := newDictated(t)
	both, chance, reached := bothRoads(t, d), rand.New(rand.NewPCG(1, 2)), 0
	for range 200 {
		var lines []string
		for range 20 {
			lines = append(lines, names[chance.IntN(len(names))]+": "+values[chance.IntN(len(values))])
		}
		head := fmt.Sprintf("%s /a%%20b?x=%%zz;y HTTP/1.1\r\n", []string{"GET", "HEAD", "POST", "DELETE", "PROPFIND"}[chance.IntN(5)]) + some(chance, 8, lines)
		heads, _ := both(head, "HTTP/1.1 204 No Content\r\n\r\n")
		if diff := cmp.Diff(linesOfHead(heads[1]), linesOfHead(heads[0])); diff != "" {
			t.Errorf("%q: -net/http +ours:\n%s", head, diff)
		}
		if heads[0] != "" {
			reached++
		}
		for line := range strings.SplitSeq(heads[0]+heads[1], "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch known := canonical(name); {
			case known == headerAssertion, strings.HasPrefix(known, prefixClaim), strings.HasPrefix(known, "Cf-Access-"), known == "X-Groups", known == "Remote-User", known == "X-Removed",
				known == "X-Set" && value != "ours", known == "Cookie" && strings.Contains(value, defaultCookie), known == "Authorization" && pomeriumCredential(value):
				t.Errorf("%q: the application got %q", head, line)
			}
		}
	}
	if reached < 100 {
		t.Errorf("%d of 200 requests reached the application, want most", reached)
	}
}

func TestBothRoadsPassTheSameAnswers(t *testing.T) {
	lines := []string{
		"Set-Cookie: _pomerium=evil", "Set-Cookie: a=1", "set-cookie: _pomerium=2; Path=/", "X-Request-Id: theirs", "X-Pomerium-Intercepted-Response: true", "Connection: X-Request-Id, X-Foo", "Connection: keep-alive",
		"Keep-Alive: 5", "X-Foo: 1", "X-Foo:  2 ", "x-foo:3", "X-Answer: theirs", "X-Frame-Options: ALLOWALL", "Content-Type: text/event-stream", "content-type:", "Trailer: X-T", "Pragma: no-cache", "Date: now", "Vary: Cookie",
		"Strict-Transport-Security: x", "ETag: \"1\"", "X-Latin: \xe9", "X-Fold: a\r\n b", "Te: x", "Upgrade: h2c", "Cache-Control: public", "X-Empty:",
	}
	d := newDictated(t)
	both, chance := bothRoads(t, d), rand.New(rand.NewPCG(1, 2))
	for range 200 {
		method, status := []string{"GET", "HEAD"}[chance.IntN(2)], []string{"200 OK", "204 No Content", "304 Not Modified", "302 Found", "503 x", "299", "200"}[chance.IntN(7)]
		text := ""
		if chance.IntN(6) == 0 {
			text = "HTTP/1.1 103 Early Hints\r\n" + some(chance, 2, lines) + "\r\n"
		}
		text += "HTTP/1.1 " + status + "\r\n" + some(chance, 8, lines)
		body := "hello"
		if method == "HEAD" || status == "204 No Content" || status == "304 Not Modified" {
			body = ""
		}
		switch chance.IntN(6) {
		case 0:
			text += "\r\n" + body + "<close>"
		case 1:
			text += "Transfer-Encoding: chunked\r\n\r\n"
			if body != "" {
				text += "5\r\nhello\r\n0\r\nX-T: 1\r\nSet-Cookie: _pomerium=3\r\n\r\n"
			}
		default:
			text += "Content-Length: 5\r\n\r\n" + body
		}
		_, answers := both(method+" / HTTP/1.1\r\n", text)
		if diff := cmp.Diff(answers[1], answers[0]); diff != "" {
			t.Errorf("%s %q: -net/http +ours:\n%s", method, text, diff)
		}
		for _, a := range answers {
			if a.Status > 0 && (a.Header.Get(headerIntercepted) != "" || strings.Contains(fmt.Sprint(a), defaultCookie+"=")) {
				t.Errorf("%s %q: got %v", method, text, a)
			}
		}
	}
}
