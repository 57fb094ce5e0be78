package remote

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// token returns a token that ends after a time.
func token(name string, after time.Duration) string {
	claims := fmt.Sprintf(`{"exp":%d,"jti":%q}`, now.Add(after).Unix(), name)
	return "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s"
}

// fakeGateway answers as a gateway does. known are the tokens of sessions that live.
type fakeGateway struct {
	status int    // of the question for a link
	next   string // the token of the next sign-in
	asked  int    // for links

	mu    sync.Mutex
	known map[string]bool
}

// knows reports whether the session of a request's credential lives.
func (f *fakeGateway) knows(r *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known[strings.TrimPrefix(r.Header.Get("Authorization"), "Pomerium ")]
}

func (f *fakeGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case pathLogin:
		f.asked++
		w.WriteHeader(f.status)
		fmt.Fprint(w, "https://authenticate.example.com/.pomerium/sign_in?"+url.Values{paramRedirect: {r.URL.Query().Get(paramRedirect)}}.Encode())
	case pathUser:
		if !f.knows(r) {
			w.WriteHeader(http.StatusNotFound)
		}
	}
}

// newGateway returns a gateway whose user signs in at once.
func newGateway(t *testing.T) (*Gateway, *fakeGateway) {
	fake := &fakeGateway{status: 200, next: token("first", time.Hour), known: map[string]bool{}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	u, err := ParseGateway(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{URL: u, HTTP: server.Client(), Keep: Keep{Dir: filepath.Join(t.TempDir(), "credentials")}, Now: func() time.Time { return now }}
	g.Open = func(_ context.Context, link string) error {
		fake.mu.Lock()
		fake.known[fake.next] = true
		fake.mu.Unlock()
		visit(t, backOf(t, link)+"?"+url.Values{paramJWT: {fake.next}}.Encode(), 200)
		return nil
	}
	return g, fake
}

// backOf returns where a link leads after the sign-in.
func backOf(t *testing.T, link string) string {
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(paramRedirect)
}

func visit(t *testing.T, address string, want int) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return
	}
	resp.Body.Close()
	if resp.StatusCode != want {
		t.Errorf("%s: got %d, want %d", address, resp.StatusCode, want)
	}
}

func TestACredentialIsKeptUntilItEnds(t *testing.T) {
	g, fake := newGateway(t)
	want := func(step, tokenWanted string, asked int) {
		t.Helper()
		c, err := g.Credential(t.Context())
		if err != nil || c.Token.Reveal() != tokenWanted || fake.asked != asked {
			t.Errorf("%s: got %q after %d sign-ins and the error %v, want %q after %d", step, c.Token.Reveal(), fake.asked, err, tokenWanted, asked)
		}
	}
	first, second, third := fake.next, token("second", 30*time.Second), token("third", time.Hour)
	want("the first time", first, 1)
	fake.next = second
	want("again", first, 1)
	delete(fake.known, first)
	want("after a sign-out", second, 2)
	fake.next = third
	want("a moment before its end", third, 3)
	g.HTTP = &http.Client{Transport: away{}}
	want("while the gateway is away", third, 3)
}

type away struct{}

func (away) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("away") }

func TestOnlyTheOwnerReadsACredential(t *testing.T) {
	g, fake := newGateway(t)
	if _, err := g.Credential(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := g.Keep.file(g.URL.String())
	for path, want := range map[string]os.FileMode{file: 0o600, g.Keep.Dir: 0o700} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v and the error %v, want the mode %o", path, info, err, want)
		}
	}
	if files, err := os.ReadDir(g.Keep.Dir); err != nil || len(files) != 1 {
		t.Errorf("got %v and the error %v, want one file", files, err)
	}
	// What others could have written is not sent to the gateway.
	planted := filepath.Join(t.TempDir(), "planted")
	for name, plant := range map[string]func() error{
		"others can read it": func() error { return os.Chmod(file, 0o644) },
		"a link": func() error {
			return errors.Join(os.Remove(file), os.WriteFile(planted, []byte(fake.next), 0o600), os.Symlink(planted, file))
		},
	} {
		before := fake.asked
		if err := plant(); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Credential(t.Context()); err != nil || fake.asked != before+1 {
			t.Errorf("%s: got %d sign-ins and the error %v, want one", name, fake.asked-before, err)
		}
	}
}

// A page of another site knows the port at best.
func TestNobodyElseBringsACredential(t *testing.T) {
	g, fake := newGateway(t)
	g.Open = func(_ context.Context, link string) error {
		back := backOf(t, link)
		u, _ := url.Parse(back)
		forged := "?" + paramJWT + "=forged"
		visit(t, "http://"+u.Host+"/"+forged, 404)
		visit(t, back+"x"+forged, 404)
		visit(t, back, 404)
		visit(t, back+"?"+paramJWT+"=", 404)
		resp, err := http.Post(back+forged, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 404 {
			t.Errorf("POST: got %d, want 404", resp.StatusCode)
		}
		visit(t, back+"?"+paramJWT+"="+fake.next, 200)
		wantNothingKept(t, back+"?"+paramJWT+"="+fake.next)
		visit(t, back+forged, 200) // opened again: too late
		return nil
	}
	if c, err := g.SignIn(t.Context()); err != nil || c.Token.Reveal() != fake.next {
		t.Errorf("got %q and the error %v, want %q", c.Token.Reveal(), err, fake.next)
	}
}

// wantNothingKept opens the page that ends a sign-in. The credential is in its address,
// which no cache, no other origin and no script may learn.
func wantNothingKept(t *testing.T, address string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	h := resp.Header
	if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("got the headers %v", h)
	}
}

func TestWhyASignInFails(t *testing.T) {
	g, fake := newGateway(t)
	open := g.Open
	for status, want := range map[int]string{404: "has no sign-in for programs", 400: "programmatic_redirect_domain_whitelist", 500: "500 Internal Server Error", 302: "302 Found"} {
		fake.status = status
		if _, err := g.SignIn(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: got %v, want %q", status, err, want)
		}
	}
	fake.status = 200
	g.Open = func(context.Context, string) error { return errors.New("no browser") }
	if _, err := g.SignIn(t.Context()); err == nil || err.Error() != "no browser" {
		t.Errorf("got %v, want no browser", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	g.Open = func(context.Context, string) error { cancel(ErrTooLate); return nil }
	if _, err := g.SignIn(ctx); !errors.Is(err, ErrTooLate) {
		t.Errorf("nobody signs in: got %v, want ErrTooLate", err)
	}
	if kept, err := g.Keep.load(g.URL.String()); err != nil || kept.Token != "" {
		t.Errorf("got %v and the error %v, want nothing kept", kept, err)
	}
	g.Open = open
}

func TestTheURLOfAGateway(t *testing.T) {
	for text, want := range map[string]string{
		"https://k8s.example.com": "https://k8s.example.com", "https://K8S.example.com:443/api?x#y": "https://k8s.example.com", "https://a.example.com:8443": "https://a.example.com:8443",
		"http://localhost:80/": "http://localhost", "http://127.0.0.1:9229": "http://127.0.0.1:9229", "http://app.localhost:9229": "http://app.localhost:9229", "https://[::1]:8443": "https://[::1]:8443",
		"http://k8s.example.com": "", "k8s.example.com": "", "ftp://a": "", "": "", "https://": "", "https://u:p@a.example.com": "", "http://localhost.example.com": "", "javascript:alert(1)": "",
	} {
		u, err := ParseGateway(text)
		if got := ""; err == nil {
			if got = u.String(); got != want {
				t.Errorf("%s: got %s, want %s", text, got, want)
			}
		} else if want != "" {
			t.Errorf("%s: got the error %v, want %s", text, err, want)
		}
	}
}

func TestWhatKubectlAsksAndGets(t *testing.T) {
	c := Credential{Token: seal.Secret("t"), Expires: now}
	for info, want := range map[string]string{
		"": `{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"expirationTimestamp":"2030-01-02T03:04:05Z","token":"Pomerium-t"}}`,
		`{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false,"cluster":{"server":"https://k8s.example.com"}}}`: `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"expirationTimestamp":"2030-01-02T03:04:05Z","token":"Pomerium-t"}}`,
		`{"apiVersion":"client.authentication.k8s.io/v1beta1"}`: `{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"expirationTimestamp":"2030-01-02T03:04:05Z","token":"Pomerium-t"}}`,
	} {
		parsed, err := ParseExecInfo(info)
		if err != nil {
			t.Errorf("%s: %v", info, err)
			continue
		}
		got, err := parsed.Answer(c)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s and the error %v, want %s", info, got, err, want)
		}
		if strings.Contains(info, "server") && parsed.Spec.Cluster.Server != "https://k8s.example.com" {
			t.Errorf("got the server %q", parsed.Spec.Cluster.Server)
		}
	}
	for _, info := range []string{"{", `{"apiVersion":"client.authentication.k8s.io/v1alpha1"}`, `[]`, `{}`} {
		if _, err := ParseExecInfo(info); err == nil {
			t.Errorf("%s: got no error, want one", info)
		}
	}
	if got, err := (ExecInfo{}).Answer(Credential{Token: "t"}); err != nil || strings.Contains(string(got), "expiration") {
		t.Errorf("without an end: got %s and the error %v, want no end", got, err)
	}
}

// kubectl shows the error of its plug-in and nothing else.
func TestASignInAtAGatewayOfAnAuthorityOfYourOwn(t *testing.T) {
	gateway, _ := newGateway(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that the handshake failed
	server.StartTLS()
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	gateway.URL, gateway.HTTP = address, &http.Client{Transport: &http.Transport{}}
	_, err = gateway.Credential(t.Context())
	if err == nil || !strings.HasSuffix(err.Error(), "name the file with --ca") || strings.Contains(err.Error(), "redirect_uri") {
		t.Errorf("got %v, want an error that says --ca, without the address to come back to", err)
	}
}
