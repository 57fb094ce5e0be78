package relyingparty

import (
	"net/url"
	"testing"
	"time"
)

func TestAnotherAccountPrompt(t *testing.T) {
	tests := []struct {
		configured string
		supported  []string
		want       string
	}{
		{"", nil, "login"},
		{"", []string{"none", "login", "select_account"}, "login"},
		{"", []string{"none", "consent", "select_account"}, "select_account"},
		{"", []string{"none"}, "login"},
		{"none", nil, "login"},
		{"consent", nil, "consent login"},
		{"select_account consent", nil, "select_account consent"},
		{"login", []string{"select_account"}, "login"},
	}
	for _, tt := range tests {
		if got := anotherAccountPrompt(tt.configured, tt.supported); got != tt.want {
			t.Errorf("anotherAccountPrompt(%q, %q) = %q, want %q", tt.configured, tt.supported, got, tt.want)
		}
	}
}

// promptOf returns the prompts of an authorization URL.
func promptOf(t *testing.T, authURL string, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(authURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()["prompt"]
}

func TestAuthURLForAnotherAccount(t *testing.T) {
	f := newFake(t)
	endpoint := func(u string) func(*ExplicitConfig) { return func(c *ExplicitConfig) { c.AuthURL = u } }
	param := func(prompt string) func(*DiscoveredConfig) {
		return func(c *DiscoveredConfig) { c.Params = map[string]string{"prompt": prompt} }
	}
	tests := []struct {
		name     string
		provider Provider
		another  bool
		want     string // "": no prompt
	}{
		{"discovered", f.discovered(t), true, "login"},
		{"discovered, any account", f.discovered(t), false, ""},
		{"discovered with a prompt", f.discovered(t, param("consent")), true, "consent login"},
		{"discovered with a prompt, any account", f.discovered(t, param("consent")), false, "consent"},
		{"explicit", f.explicit(t, endpoint("https://idp.example.com/a")), true, "login"},
		{"explicit, any account", f.explicit(t, endpoint("https://idp.example.com/a")), false, ""},
		{"explicit with a prompt in its URL", f.explicit(t, endpoint("https://idp.example.com/a?prompt=none&x=1")), true, "login"},
		{"explicit Google", f.explicit(t, endpoint("https://accounts.google.com/o/oauth2/v2/auth")), true, "select_account"},
	}
	for _, tt := range tests {
		got, err := tt.provider.AuthURL(t.Context(), AuthRequest{State: "S", AnotherAccount: tt.another})
		prompts := promptOf(t, got, err)
		if tt.want == "" && len(prompts) != 0 || tt.want != "" && (len(prompts) != 1 || prompts[0] != tt.want) {
			t.Errorf("%s: got prompts %q, want %q once", tt.name, prompts, tt.want)
		}
	}
}

func TestPromptThatAsksToSignInAnew(t *testing.T) {
	for _, c := range []struct{ configured, host, want string }{
		{"", "id.example.com", "login"},
		{"none", "id.example.com", "login"},
		{"select_account", "login.microsoftonline.com", "select_account login"},
		{"login", "id.example.com", "login"},
		{"select_account consent", "accounts.google.com", "select_account consent"},
		{"", "accounts.google.com", ""},
	} {
		if got := anewPrompt(c.configured, c.host); got != c.want {
			t.Errorf("%q at %s: got %q, want %q", c.configured, c.host, got, c.want)
		}
	}
}

func TestMaxAgeIsSent(t *testing.T) {
	f := newFake(t)
	for _, c := range []struct {
		r              AuthRequest
		maxAge, prompt string
	}{
		{AuthRequest{}, "", ""}, {AuthRequest{MaxAge: 15 * time.Minute}, "900", ""}, {AuthRequest{MaxAge: 15 * time.Minute, Anew: true}, "900", "login"},
	} {
		text, err := f.discovered(t).AuthURL(t.Context(), c.r)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(text)
		if q := u.Query(); q.Get("max_age") != c.maxAge || q.Get("prompt") != c.prompt {
			t.Errorf("%+v: got %s, want max_age %q and prompt %q", c.r, text, c.maxAge, c.prompt)
		}
	}
}
