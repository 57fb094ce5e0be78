package userpool_test

import (
	"fmt"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestHasCallbackAt(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	client := func(callbacks ...string) {
		d.MustClient(userpool.ClientSettings{OAuth: true, Grants: []string{"code"}, Scopes: []string{"openid"}, Providers: []string{userpool.ProviderCognito}, CallbackURLs: callbacks})
	}
	for i := range userpool.MaxPage + 1 { // the one that matters may be on a later page
		client(fmt.Sprintf("https://other%d.example.com/cb", i))
	}
	client("https://App.example.com:443/cb", "https://app.example.org:8443/cb?x=1", "myapp://signed-in/cb")
	for origin, want := range map[string]bool{
		"https://app.example.com": true, "https://app.example.org:8443": true, "https://other60.example.com": true, "myapp://signed-in": true,
		"http://app.example.com": false, "https://app.example.com:8443": false, "https://app.example.org": false, "https://example.com": false,
		"https://evil-app.example.com": false, "null": false, "": false, "https://app.example.com.evil.example": false,
	} {
		if got, err := d.Pools.HasCallbackAt(t.Context(), origin); err != nil || got != want {
			t.Errorf("HasCallbackAt(%q) = %t, %v, want %t", origin, got, err, want)
		}
	}
}
