package proxy

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/gateway/bearer"
	"gatehouse/internal/gateway/policy"
	"gatehouse/internal/operator"
	"gatehouse/internal/testing/forge"
)

// accountWorld has routes for the service account backup, and its token.
func accountWorld(t *testing.T) (w *world, keys *operator.Engine, account *operator.Key, token string) {
	t.Helper()
	sealer, err := seal.New()
	if err != nil {
		t.Fatal(err)
	}
	w = newWorld(t, func(w *world, c *Config) {
		keys = operator.New(operator.Config{Store: w.Store, Sealer: sealer, Now: w.Now})
		c.Accounts, c.Now = keys, w.Now
		add := func(from string, ppl any, change func(*Route)) {
			c.Routes = append(c.Routes, w.route(from, policy.Access{PPL: ppl}, change))
		}
		add("https://named.example.com", map[string]any{"allow": map[string]any{"or": []any{map[string]any{"user": map[string]any{"is": "service-account/backup"}}}}}, nil)
		add("https://robots.example.com", map[string]any{"allow": map[string]any{"and": []any{map[string]any{"groups": map[string]any{"has": "robots"}}, map[string]any{"claim/team": "ops"}}}}, nil)
		add("https://people.example.com", map[string]any{"allow": map[string]any{"or": []any{map[string]any{"domain": "example.com"}}}}, nil)
		c.Routes = append(c.Routes, w.route("https://jwt.example.com", policy.Access{AnyUser: true}, func(r *Route) { r.Bearer = bearer.Rule{Format: bearer.JWT} }))
	})
	account, secret, err := keys.CreateAccount(t.Context(), "backup", operator.Facts{Groups: []string{"robots"}, Claims: map[string]string{"team": "ops"}}, w.Now().Add(48*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return w, keys, account, secret.Reveal()
}

func TestAServiceAccountPassesAsItsPoliciesSay(t *testing.T) {
	w, _, _, token := accountWorld(t)
	program := w.browser().Step()
	for _, header := range [][]string{
		{"Authorization", "Bearer " + token}, {"Authorization", "Pomerium " + token}, {"Authorization", "Bearer Pomerium-" + token}, {"X-Pomerium-Authorization", token},
	} {
		for host, status := range map[string]int{"app": 200, "named": 200, "robots": 200, "public": 200, "jwt": 200, "people": 403, "admin": 403} {
			program.Open("https://"+host+".example.com/x", header...).Want(status)
			got := w.Upstream.Got()
			if (got != nil) != (status == 200) {
				t.Fatalf("%s: the upstream got %v", host, got)
			}
			if got != nil && got.Header.Get("Authorization")+got.Header.Get("X-Pomerium-Authorization") != "" {
				t.Errorf("%s: the upstream got the token", host)
			}
			if got != nil && host == "app" && payloadOf(t, got.Header.Get(headerAssertion))["sub"] != "service-account/backup" {
				t.Errorf("the assertion is about %v", payloadOf(t, got.Header.Get(headerAssertion)))
			}
		}
	}
}

func TestATokenOfNoServiceAccountIsRefused(t *testing.T) {
	w, keys, account, token := accountWorld(t)
	program := w.browser().Step()
	bad := forge.Text(token)
	for _, host := range []string{"app", "named", "public"} {
		program.Open("https://"+host+".example.com/x", "Accept", "*/*", "Authorization", "Bearer "+bad).Want(401, "service account")
	}
	program.Open("https://app.example.com/x?pomerium_session="+token, "Accept", "*/*").Want(401) // not in a URL
	program.Open("https://app.example.com/x", "Cookie", "__Host-_pomerium="+token).WantRedirect("https://authenticate.example.com")
	if w.Upstream.Got() != nil {
		t.Error("it passed")
	}
	program.Open("https://named.example.com/x", "Authorization", "Bearer "+token).Want(200)
	if err := keys.Revoke(t.Context(), account.ID); err != nil {
		t.Fatal(err)
	}
	w.Advance(2 * time.Minute) // at the latest; other nodes hear of it as of a sign-out
	program.Open("https://named.example.com/x", "Accept", "*/*", "Authorization", "Bearer "+token).Want(401)
}

// Tokens that are made up cost the store little.
func TestMadeUpTokensOfServiceAccountsAreLimited(t *testing.T) {
	w, _, _, token := accountWorld(t)
	program, statuses := w.browser().Step(), map[int]int{}
	present := func(token string) int {
		return program.Open("https://public.example.com/x", "Accept", "*/*", "Authorization", "Bearer "+token).Status
	}
	if got := present(token); got != 200 {
		t.Fatalf("the good one: got %d", got)
	}
	for i := range 120 {
		statuses[present(token[:len(token)-3]+fmt.Sprintf("%03d", i))]++
	}
	if statuses[401] < 100 || statuses[429] < 15 || statuses[401]+statuses[429] != 120 {
		t.Errorf("got %v, want 401 for the first and 429 for the others", statuses)
	}
	if got := present(token); got != 200 {
		t.Errorf("the good one after the others: got %d", got)
	}
}

// Its sessions have the origin that the end of the key names in the store.
func TestASessionOfAServiceAccountEndsWithItsKey(t *testing.T) {
	w, _, account, token := accountWorld(t)
	s, err := w.gateway.live.Load().bearer.Account(t.Context(), token, "somebody")
	if err != nil {
		t.Fatal(err)
	}
	if s.Issuer != operator.AccountIssuer || s.Subject != account.ID || !s.ProvenUntil.Before(w.Now().Add(2*time.Minute)) {
		t.Errorf("got %+v", s)
	}
}
