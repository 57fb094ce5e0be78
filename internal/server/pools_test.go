package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/server"
)

func TestClientsOfTheFileRotateRefreshTokensAsItSays(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []config.RefreshTokenRotation{{}, {Enabled: true, GracePeriod: 10 * time.Second}, {Enabled: true}, {}} {
		c := load(t, dir, secretOne, admins)
		c.Directory.Pools[0].Clients[0].RefreshTokenRotation = want
		s := start(t, c)
		client, err := s.Pools().Client(t.Context(), "gateway")
		if err != nil {
			t.Fatal(err)
		}
		if got := (config.RefreshTokenRotation{Enabled: client.RotatesRefresh(), GracePeriod: client.RefreshGrace()}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		s.Close()
	}
}

// A pool whose file no longer asks for recovery codes has none, whatever the API did to
// its other settings meanwhile.
func TestPoolsOfTheFileHaveItsRecoveryCodes(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []int{0, 10, 3, 0} {
		c := load(t, dir, secretOne, admins)
		c.Directory.Pools[0].RecoveryCodes = want
		s := start(t, c)
		id := userpool.PoolID(c.Directory.Pools[0].ID)
		if err := s.Pools().ReplaceSettings(t.Context(), id, nil, nil, userpool.Settings{PasswordPolicy: userpool.DefaultPasswordPolicy()}); err != nil {
			t.Fatal(err)
		}
		p, err := s.Pools().Pool(t.Context(), id)
		if err != nil || p.Settings.RecoveryCodes != want {
			t.Errorf("got %d codes, %v, want %d", p.Settings.RecoveryCodes, err, want)
		}
		s.Close()
	}
}

// Host names have no case: neither may the start fail, nor the sign-in pages be
// looked for under another name.
func TestADeclaredDomainInCapitalsAnswers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"Login.Example.com", "LOGIN.example.com"} {
		c := load(t, dir, secretOne, admins)
		c.Directory.Pools[0].Domain = name
		s := start(t, c)
		for _, host := range []string{"login.example.com", name} {
			if w := get(s, "https://"+host+"/login?client_id=gateway&response_type=code&redirect_uri=https://authenticate.example.com/oauth2/callback", nil); w.Code != http.StatusOK {
				t.Errorf("domain %s, host %s: %d, want the sign-in page", name, host, w.Code)
			}
		}
		s.Close()
	}
}

// The start ended with an error when the domain of a pool of the file had changed.
func TestADeclaredDomainThatChangesMoves(t *testing.T) {
	dir := t.TempDir()
	configured := func(domain string) *config.Config {
		text := strings.NewReplacer("{secret}", secretOne, "{access}", admins, "domain: staff", "domain: "+domain).Replace(file)
		c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte("data_dir: " + dir + "\n" + text)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first, err := server.New(context.Background(), server.Options{Config: configured("staff")})
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	s := start(t, configured("people"))
	want := func(host string, status int) {
		t.Helper()
		if got := get(s, "https://"+host+"/login"+staffLogin, nil).Code; got != status {
			t.Errorf("%s: got %d, want %d", host, got, status)
		}
	}
	want("people.auth.example.com", http.StatusOK)
	want("staff.auth.example.com", http.StatusMisdirectedRequest)
	if err := s.Reload(t.Context(), configured("crew")); err != nil {
		t.Fatal(err)
	}
	want("crew.auth.example.com", http.StatusOK)
	want("people.auth.example.com", http.StatusMisdirectedRequest)
	if got := get(s, staffIssuer+"/.well-known/openid-configuration", nil).Body.String(); !strings.Contains(got, "https://crew.auth.example.com/oauth2/token") {
		t.Errorf("the discovery document does not name the new domain: %s", got)
	}
}
