package route_test

import (
	"testing"

	"gatehouse/internal/gateway/route"
)

func TestSentAs(t *testing.T) {
	for _, tt := range []struct {
		sent string
		want bool
	}{
		{"/", true}, {"/a/b", true}, {"/caf%C3%A9", true}, {"/caf%c3%a9", true}, {"/a%62c", true}, {"/a;b=c", true}, {"/a%7Cb", true}, {"/.well-known/x", true},
		{"//a", false}, {"/a//b", false}, {"/a/../b", false}, {"/a/%2e%2e/b", false}, {"/a/./b", false}, {"/a#b", false}, {"/a|b", false}, {"/a b", false}, {"/café", false},
	} {
		cleaned, err := route.Cleaning{}.Clean(tt.sent)
		if err != nil {
			t.Fatalf("%s: %v", tt.sent, err)
		}
		if got := cleaned.SentAs(tt.sent); got != tt.want {
			t.Errorf("%s, cleaned %s: got %v, want %v", tt.sent, cleaned.Escaped, got, tt.want)
		}
		if !cleaned.SentAs(cleaned.Escaped) {
			t.Errorf("%s is not read as what it is", cleaned.Escaped)
		}
	}
	kept, err := route.Cleaning{EscapedSlashes: route.SlashUnescape}.Clean("/a%2fb")
	if err != nil || kept.SentAs("/a%2fb") || !kept.SentAs("/a/b") {
		t.Errorf("an escaped slash that is a slash to the policy: got %+v, %v", kept, err)
	}
}
