package proxy

import (
	"bytes"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/web"
	"gatehouse/internal/testing/browser"
)

// lockedBuffer is a log that several requests write to.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

func TestLogHasUserAndReasonButNoSecret(t *testing.T) {
	w := newWorld(t, func(_ *world, c *Config) {
		c.Routes[0].SetRequestHeaders = map[string]string{"Authorization": "Bearer ${pomerium.id_token}"}
	})
	log := &lockedBuffer{}
	observer := &web.Observer{Log: slog.New(slog.NewJSONHandler(log, nil))}
	b := browserOn(browser.NewNetwork(t, observer.Wrap(w.gateway)))
	signInAt(b, "https://app.example.com/x")
	assertion := w.Upstream.Got().Header.Get(headerAssertion)
	b.Open("https://admin.example.com/x")
	secrets := []string{"the-id-token", "the-access-token", "the-refresh-token", assertion, "good"}
	for _, host := range []string{"https://app.example.com/", "https://authenticate.example.com/"} {
		for _, c := range b.Cookies(host) {
			secrets = append(secrets, c.Value)
		}
	}
	to := b.Step().Open("https://app.example.com/.pomerium/sign_out").Location()
	secrets = append(secrets, to.Query().Get(paramSignature))
	b.Open(to.String())
	b.Open("https://authenticate.example.com/oauth2/callback?" + url.Values{"code": {"code-in-a-query"}, "state": {"state-in-a-query"}}.Encode())
	got := log.text()
	for _, want := range []string{`"user":"u-1"`, `"email":"alice@example.com"`, `"decision":"allow"`, `"decision":"deny"`, `"allow-why-false":"claim-unauthorized"`, `"route":"https://app.example.com"`, `"edge":"gateway"`, `"session":"`} {
		if !strings.Contains(got, want) {
			t.Errorf("the log lacks %s:\n%s", want, got)
		}
	}
	for _, secret := range append(secrets, "code-in-a-query", "state-in-a-query") {
		if secret != "" && strings.Contains(got, `"`+secret) || len(secret) > 8 && strings.Contains(got, secret) {
			t.Errorf("the log tells the secret %q", secret)
		}
	}
}
