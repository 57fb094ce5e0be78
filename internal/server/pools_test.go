package server_test

import (
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
