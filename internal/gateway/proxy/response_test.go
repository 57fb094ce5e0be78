package proxy

import (
	"net/http"
	"reflect"
	"testing"
)

func TestMoveHeadersAddsToOurs(t *testing.T) {
	ours := append(make([]string, 0, 2), "a=1")
	to := http.Header{"Set-Cookie": ours, "X-Request-Id": {"r-1"}}
	from := http.Header{"Set-Cookie": {"b=2", "c=3"}, "Vary": {"Origin"}}
	moveHeaders(to, from)
	if want := (http.Header{"Set-Cookie": {"a=1", "b=2", "c=3"}, "X-Request-Id": {"r-1"}, "Vary": {"Origin"}}); !reflect.DeepEqual(to, want) {
		t.Errorf("the answer has %v, want %v", to, want)
	}
	if got := ours[:2][1]; got != "" {
		t.Errorf("the memory of our own values was written to: %q", got)
	}
}
