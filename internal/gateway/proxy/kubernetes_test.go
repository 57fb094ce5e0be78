package proxy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/gateway/authenticate"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// cluster adds a route to an API server to a world.
func cluster(w *world, c *Config, access policy.Access, change func(*Route)) {
	c.Routes = append(c.Routes, w.route("https://k8s.example.com", access, func(r *Route) {
		r.Kubernetes, r.Upgrades = &Kubernetes{Token: "the-service-account"}, []string{"websocket", "spdy/3.1"}
		if change != nil {
			change(r)
		}
	}))
}

// signedIn returns the header of a session of somebody.
func (w *world) signedIn(r relyingparty.Result) string {
	w.t.Helper()
	renewal := authenticate.RenewalOf(w.provider, &r)
	handle, s, err := w.Sessions.Create(w.t.Context(), session.SignIn{Identity: renewal.Identity, Provider: "p1", Renewal: renewal})
	if err != nil {
		w.t.Fatal(err)
	}
	return "Authorization: Bearer Pomerium-" + w.gateway.live.Load().pomerium.cookies.credential(handle, "k8s.example.com", s).Reveal()
}

// acts returns whose name and groups a request has at the API server.
func acts(r *http.Request) map[string][]string {
	got := map[string][]string{}
	for name, values := range r.Header {
		if name == "Authorization" || strings.HasPrefix(strings.ReplaceAll(strings.ToLower(name), "_", "-"), "impersonate") {
			got[name] = values
		}
	}
	return got
}

func TestAnAPIServerGetsRequestsInThePersonsName(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { cluster(w, c, policy.Access{AnyUser: true}, nil) })
	token := []string{"Bearer the-service-account"}
	for name, tt := range map[string]struct {
		person relyingparty.Result
		want   map[string][]string
	}{
		"with address and groups": {
			relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Claims: map[string]any{"groups": []any{"staff", "a,b"}}},
			map[string][]string{"Authorization": token, "Impersonate-User": {"alice@example.com"}, "Impersonate-Group": {"staff", "a,b"}},
		},
		"without an address": {
			relyingparty.Result{UserID: "u-2", Claims: map[string]any{}},
			map[string][]string{"Authorization": token, "Impersonate-User": {"u-2"}},
		},
		"with groups that Kubernetes keeps for itself, or that fit in no header": {
			relyingparty.Result{UserID: "u-3", Claims: map[string]any{"groups": []any{"system:masters", "System:Masters", "a\r\nImpersonate-Group: system:masters", "", " x", "staff"}}},
			map[string][]string{"Authorization": token, "Impersonate-User": {"u-3"}, "Impersonate-Group": {"staff"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := w.raw("GET /api HTTP/1.1\nHost: k8s.example.com:" + port + "\n" + w.signedIn(tt.person) + "\n\n"); got != 200 {
				t.Fatalf("got %d, want 200", got)
			}
			if diff := cmp.Diff(tt.want, acts(w.Upstream.Got())); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// Without a name to send, the API server would give the client all rights of the
// service account.
func TestNobodyReachesAnAPIServerWithoutAName(t *testing.T) {
	for name, access := range map[string]policy.Access{
		"public":       {Public: true},
		"accept":       {PPL: []any{map[string]any{"allow": map[string]any{"and": []any{map[string]any{"accept": true}}}}}},
		"preflight":    {AnyUser: true, CORSPreflight: true},
		"signed in":    {AnyUser: true},
		"by source ip": {PPL: []any{map[string]any{"allow": map[string]any{"or": []any{map[string]any{"source_ip": "0.0.0.0/0"}, map[string]any{"source_ip": "::/0"}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world, c *Config) { cluster(w, c, access, nil) })
			host := "Host: k8s.example.com:" + port + "\n"
			if got := w.raw("GET /api HTTP/1.1\n" + host + "User-Agent: kubectl/v1.32\n\n"); got != 401 {
				t.Errorf("kubectl: got %d, want 401", got)
			}
			if got := w.raw("GET /api HTTP/1.1\n" + host + "\n"); got != 302 {
				t.Errorf("a browser: got %d, want 302", got)
			}
			if got := w.raw("OPTIONS /api HTTP/1.1\n" + host + "Origin: https://x.example.com\nAccess-Control-Request-Method: GET\nAccept: */*\n\n"); got != 401 && got != 302 {
				t.Errorf("a preflight: got %d, want 401 or 302", got)
			}
			for _, person := range []relyingparty.Result{{UserID: "system:masters"}, {UserID: "System:Admin"}, {UserID: "a\tb"}, {UserID: " a"}, {UserID: "u", Email: "system:anonymous"}} {
				if got := w.raw("GET /api HTTP/1.1\n" + host + w.signedIn(person) + "\n\n"); got != 403 {
					t.Errorf("%q: got %d, want 403", person.UserID, got)
				}
			}
			if w.Upstream.Got() != nil {
				t.Error("a request reached the API server")
			}
		})
	}
}

func TestAClientCannotImpersonateItself(t *testing.T) {
	for _, action := range []UnderscoreAction{UnderscoreDrop, UnderscoreAllow} {
		w := newWorld(t, func(w *world, c *Config) {
			c.Underscores = action
			cluster(w, c, policy.Access{AnyUser: true}, func(r *Route) {
				r.RemoveRequestHeaders = []string{"Impersonate-User", "Authorization"} // would leave the service account's rights
				r.SetRequestHeaders = map[string]string{"Impersonate-Group": "system:masters", "Impersonate-User": "root"}
			})
		})
		who := w.signedIn(relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Claims: map[string]any{"groups": []any{"staff"}}})
		want := map[string][]string{"Authorization": {"Bearer the-service-account"}, "Impersonate-User": {"alice@example.com"}, "Impersonate-Group": {"staff"}}
		for _, forged := range []string{
			"Impersonate-User: root", "impersonate-user: root", "IMPERSONATE-USER: root", "Impersonate-User: root\nImpersonate-User: root",
			"Impersonate_User: root", "impersonate_group: system:masters", "Impersonate-Group: system:masters", "Impersonate.Group: system:masters",
			"Impersonate-Uid: 0", "impersonate-extra-scopes: all", "Impersonate-Extra-acme.com%2fproject: x", "Impersonate-Anything: x",
			"Connection: Impersonate-User, Impersonate-Group, Authorization", "Connection: close, impersonate-user\nImpersonate-Uid: 0",
			"Authorization: Bearer of-my-own",
		} {
			if got := w.raw("GET /api HTTP/1.1\nHost: k8s.example.com:" + port + "\n" + who + "\n" + forged + "\n\n"); got != 200 {
				t.Errorf("%q: got %d, want 200", forged, got)
				continue
			}
			if diff := cmp.Diff(want, acts(w.Upstream.Got())); diff != "" {
				t.Errorf("%q: headers (-want +got):\n%s", forged, diff)
			}
		}
	}
}

func TestClientsOfKubernetesGetAStatusObject(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { cluster(w, c, policy.Access{Users: []string{"bob@example.com"}}, nil) })
	denied := w.signedIn(relyingparty.Result{UserID: "u-1", Email: "alice@example.com", Claims: map[string]any{}})
	_, credential, _ := strings.Cut(denied, ": ")
	for name, headers := range map[string][]string{
		"kubectl": {"User-Agent", "kubectl/v1.32.4 (linux/amd64) kubernetes/abc"},
		"helm":    {"User-Agent", "Helm/3.14", "Accept", "application/vnd.kubernetes.protobuf, */*"},
		"a table": {"User-Agent", "k9s/0.30", "Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"},
	} {
		for _, tt := range []struct {
			path, credential string
			code             int
			reason           string
		}{
			{"/api", "", 401, "Unauthorized"},
			{"/api", "Bearer Pomerium-nonsense", 401, "Unauthorized"},
			{"/api", credential, 403, "Forbidden"},
			{"/%2e%2e%2fapi", credential, 400, "BadRequest"},
		} {
			page := w.browser().For(t).Step().Open("https://k8s.example.com"+tt.path, append(headers, "Authorization", tt.credential)...).Want(tt.code)
			var got struct {
				Kind, APIVersion, Status, Message, Reason string
				Code                                      int
			}
			if err := json.Unmarshal([]byte(page.Body), &got); err != nil {
				t.Errorf("%s %s: %v in %s", name, tt.path, err, page.Body)
			}
			if got.Kind != "Status" || got.APIVersion != "v1" || got.Status != "Failure" || got.Code != tt.code || got.Reason != tt.reason || got.Message == "" {
				t.Errorf("%s %s: got %+v, want a Status of %d %s", name, tt.path, got, tt.code, tt.reason)
			}
		}
	}
}

// An API server speaks HTTP/2, which has no Upgrade.
func TestConnectionsToAnAPIServerBecomeSPDY(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			fmt.Fprint(w, r.Proto)
			return
		}
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			w.WriteHeader(http.StatusHTTPVersionNotSupported)
			return
		}
		defer conn.Close()
		fmt.Fprintf(buf, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n", r.Header.Get("Upgrade"))
		buf.Flush()
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	w := newWorld(t, func(w *world, c *Config) {
		cluster(w, c, policy.Access{AnyUser: true}, func(r *Route) { r.To, r.TLS.SkipVerify = to(server.URL), true })
	})
	who := w.signedIn(relyingparty.Result{UserID: "u-1"})
	for protocol, want := range map[string]int{"SPDY/3.1": 101, "websocket": 101, "tls/1.2": 403} {
		request := "POST /exec HTTP/1.1\nHost: k8s.example.com:" + port + "\n" + who + "\nContent-Length: 0\nConnection: Upgrade\nUpgrade: " + protocol + "\n\n"
		if got := w.raw(request); got != want {
			t.Errorf("%s: got %d, want %d", protocol, got, want)
		}
	}
	if got := w.browser().Open("https://k8s.example.com/", strings.SplitN(who, ": ", 2)...).Want(200).Body; got != "HTTP/2.0" {
		t.Errorf("a plain request: got %s, want HTTP/2.0", got)
	}
}

// kubectl logs -f is silent for hours.
func TestRequestsToAnAPIServerMayTakeLong(t *testing.T) {
	w := newWorld(t, func(w *world, c *Config) { cluster(w, c, policy.Access{AnyUser: true}, nil) })
	for _, cr := range w.gateway.live.Load().routes {
		if cr.Kubernetes != nil && (cr.timeout != 0 || cr.idle != 0) {
			t.Errorf("got a timeout of %s and %s of silence, want none", cr.timeout, cr.idle)
		}
	}
}
