package server

import "testing"

// In production, identity providers of pools are reached over TLS, and never on
// this machine.
func TestAddressesOfIdentityProviders(t *testing.T) {
	for address, want := range map[string]struct{ production, development bool }{
		"https://idp.example.com/a?b=c": {true, true}, "https://10.0.0.1/": {true, true}, "http://idp.example.com": {false, false},
		"https://localhost": {false, true}, "https://a.localhost": {false, true}, "http://127.0.0.1:8080/realm": {false, true}, "http://[::1]/": {false, true},
		"ftp://localhost": {false, false}, "file:///etc/passwd": {false, false}, "idp.example.com": {false, false}, "https://%zz": {false, false}, "": {false, false},
	} {
		if got := (&providerNetwork{}).Allows(address); got != want.production {
			t.Errorf("%s in production: %t, want %t", address, got, want.production)
		}
		if got := (&providerNetwork{dev: true}).Allows(address); got != want.development {
			t.Errorf("%s in development: %t, want %t", address, got, want.development)
		}
	}
}
