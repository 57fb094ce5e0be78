package hostname_test

import (
	"testing"

	"gatehouse/internal/base/hostname"
)

func TestIsHost(t *testing.T) {
	for text, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "host.docker.internal": true, "My_app": true,
		"": false, "a b": false, "http://x": false, "x:9229": false, "x, y": false, "*.x": false, "[::1]": false, "fe80::1%eth0": false, ".x": false, "x\n": false,
	} {
		if got := hostname.IsHost(text); got != want {
			t.Errorf("IsHost(%q) = %t, want %t", text, got, want)
		}
	}
}
