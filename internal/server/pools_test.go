package server_test

import (
	"net/http"
	"testing"
	"time"

	"gatehouse/internal/config"
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
