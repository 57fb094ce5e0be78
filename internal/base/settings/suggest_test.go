package settings_test

import (
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
)

func TestNearest(t *testing.T) {
	keys := []string{"address", "routes", "policy", "log_level", "to", "from", "serve", "sessions", ""}
	tests := []struct{ name, text, want string }{
		{"a letter is missing", "adress", "address"},
		{"a letter too many", "routees", "routes"},
		{"another letter", "pollcy", "policy"},
		{"two letters swapped", "form", "from"},
		{"upper case", "ADDRES", "address"},
		{"the end is missing", "sess", "sessions"},
		{"a short word", "too", "to"},
		{"unlike every word", "zzzzzzzz", ""},
		{"nothing", "", ""},
		{"longer than any word", strings.Repeat("address", 100), ""},
	}
	for _, tt := range tests {
		if got := settings.Nearest(tt.text, keys); got != tt.want {
			t.Errorf("%s: Nearest(%q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestNearestTakesTheFirstOfEquallyNearWords(t *testing.T) {
	if got, want := settings.Nearest("bat", []string{"cat", "bar"}), "bar"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSuggest(t *testing.T) {
	if got, want := settings.Suggest("srve", []string{"serve"}), `did you mean "serve"?`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := settings.Suggest("nonsense", []string{"serve"}); got != "" {
		t.Errorf("got %q, want no hint", got)
	}
}
