package managedlogin

import (
	"testing"

	"gatehouse/internal/directory/userpool"
)

func TestTheStartPageOfAnApplication(t *testing.T) {
	for _, tt := range []struct {
		callbacks []string
		want      string
	}{
		{[]string{"https://app.example.com/callback"}, "https://app.example.com/"},
		{[]string{"https://app.example.com/a", "https://app.example.com/b"}, "https://app.example.com/"},
		{[]string{"http://localhost:3000/callback"}, "http://localhost:3000/"},
		{[]string{"https://app.example.com/a", "https://other.example.com/a"}, ""},
		{[]string{"https://app.example.com/a", "http://localhost:3000/a"}, ""},
		{[]string{"com.example.app://callback"}, ""},
		{[]string{"https://app.example.com/a", "com.example.app://callback"}, ""},
		{nil, ""},
	} {
		c := &userpool.Client{Settings: userpool.ClientSettings{CallbackURLs: tt.callbacks}}
		if got := homeOf(c); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.callbacks, got, tt.want)
		}
	}
}
