package proxy

import (
	"net/http"
	"sync/atomic"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/policy"
)

type secretsAt = map[string]seal.Secret

// lending gives the world secrets that change, and a route at https://lent.example.com
// that needs two of them.
func lending(now *atomic.Pointer[secretsAt]) func(*world, *Config) {
	return func(w *world, c *Config) {
		c.Secrets = func() map[string]seal.Secret { return *now.Load() }
		c.Routes = append(c.Routes,
			w.route("https://lent.example.com", policy.Access{Public: true}, func(r *Route) {
				r.SetRequestHeaders = map[string]string{
					"Authorization": "Bearer ${secret.api-token}", "X-Tenant": `${pomerium.request.headers["X-Mine"]}:${ secret.tenant }`,
					"X-Literal": "$$secret.tenant $${secret.tenant} $secret.tenant",
				}
			}),
			w.route("https://closed.example.com", policy.Access{Users: []string{"nobody@example.com"}}, func(r *Route) {
				r.SetRequestHeaders = map[string]string{"X-Key": "${secret.none}"}
			}))
	}
}

func TestSecretsInHeaders(t *testing.T) {
	var now atomic.Pointer[secretsAt]
	now.Store(&secretsAt{"api-token": "one", "tenant": "t1"})
	w := newWorld(t, lending(&now))
	b := w.browser()
	for _, token := range []string{"one", "two"} {
		now.Store(&secretsAt{"api-token": seal.Secret(token), "tenant": "t1"})
		b.Open("https://lent.example.com/", "Authorization", "Bearer forged", "X-Mine", "mine", "Impersonate-User", "root")
		got := w.Upstream.Got().Header
		for name, want := range map[string]string{
			"Authorization": "Bearer " + token, "X-Tenant": "mine:t1", "X-Literal": "$secret.tenant ${secret.tenant} $secret.tenant", "Impersonate-User": "",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: got %q, want %q", name, got.Get(name), want)
			}
		}
	}
}

// A request never goes on without the secret that it needs, and nobody outside learns
// which one it was. A refusal of the policy comes first.
func TestAMissingSecretRefuses(t *testing.T) {
	for name, secrets := range map[string]secretsAt{
		"none":  nil,
		"one":   {"tenant": "t1"},
		"empty": {"api-token": "", "tenant": "t1"},
	} {
		t.Run(name, func(t *testing.T) {
			var now atomic.Pointer[secretsAt]
			now.Store(&secrets)
			w := newWorld(t, lending(&now))
			page := w.browser().Open("https://lent.example.com/")
			page.Want(http.StatusServiceUnavailable, "secret")
			wantIntercepted(t, page)
			page.WantNot("api-token")
			if w.Upstream.Got() != nil {
				t.Error("the request reached the upstream")
			}
			cookie, _ := w.knownSession("closed.example.com", nil)
			w.browser().Open("https://closed.example.com/", "Cookie", cookie.Name+"="+cookie.Value).Want(http.StatusForbidden, "")
			w.browser().Open("https://public.example.com/").Want(http.StatusOK, "")
		})
	}
}

func TestAnotherProxyGetsNoSecretThatIsMissing(t *testing.T) {
	var now atomic.Pointer[secretsAt]
	now.Store(&secretsAt{"api-token": "one", "tenant": "t1"})
	w := newNeighbours(t, lending(&now))
	ask := func() *http.Response { return w.asks(question("/traefik", "GET", "https://lent.example.com/")) }
	if got := ask(); got.StatusCode != 200 || got.Header.Get("Authorization") != "Bearer one" {
		t.Errorf("got %d with %q, want the secret", got.StatusCode, got.Header.Get("Authorization"))
	}
	now.Store(&secretsAt{})
	if got := ask(); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Authorization") != "" {
		t.Errorf("got %d with %q, want 503", got.StatusCode, got.Header.Get("Authorization"))
	}
}

func TestAProxyForTCPGetsNoSecretThatIsMissing(t *testing.T) {
	w, p := newProxiedWorld(t, false, func(r *Route) {
		r.Rewrite.PreserveHost = true
		r.SetRequestHeaders = map[string]string{"Proxy-Authorization": "Basic ${secret.none}"}
	})
	credential, _ := w.credential("far.example.com")
	if status, _, _ := w.send(connectTo("far.example.com:6379", credential)); status != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", status)
	}
	select {
	case asked := <-p.got:
		t.Errorf("the proxy was asked for %s", asked.Host)
	default:
	}
}
