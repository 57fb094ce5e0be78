package server

import (
	"slices"
	"testing"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/bearer"
)

func TestTheIssuersOfEntrasAccessTokens(t *testing.T) {
	for _, tt := range []struct {
		provider, url string
		want          []string
	}{
		{"azure", "https://login.microsoftonline.com/f42bce3b/v2.0", []string{"https://sts.windows.net/f42bce3b/", "https://login.microsoftonline.com/f42bce3b/v2.0"}},
		{"azure", "https://login.microsoftonline.com/", nil}, {"azure", "", nil},
		{"oidc", "https://login.microsoftonline.com/f42bce3b/v2.0", nil},
	} {
		p := &config.Provider{Kind: tt.provider, URL: tt.url}
		if got := accessTokenIssuersOf(p); !slices.Equal(got, tt.want) {
			t.Errorf("%s at %q: got %v, want %v", tt.provider, tt.url, got, tt.want)
		}
	}
}

// Whoever could be called as the service accounts are could pass for one.
func TestNobodyIsCalledAsServiceAccountsAre(t *testing.T) {
	if config.ServiceAccounts != bearer.AccountsName {
		t.Errorf("the configuration keeps %q free, and service accounts are %q", config.ServiceAccounts, bearer.AccountsName)
	}
}
