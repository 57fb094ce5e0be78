package relyingparty

import (
	"errors"
	"testing"
)

func TestDiscover(t *testing.T) {
	f := newFake(t)
	p, err := Discover(t.Context(), f.Client(), f.URL)
	if err != nil || p.Authorize == "" || p.Token != f.URL+"/token" || p.Keys != f.URL+"/keys" || p.UserInfo != f.URL+"/userinfo" {
		t.Errorf("Discover = %+v, %v", p, err)
	}
	f.issuer = f.URL + "/"
	if _, err := Discover(t.Context(), f.Client(), f.URL); err != nil {
		t.Errorf("an issuer with a slash at its end: %v", err)
	}
	f.issuer = "https://other.example.com"
	if _, err := Discover(t.Context(), f.Client(), f.URL); !errors.Is(err, ErrUntrusted) {
		t.Errorf("another issuer: %v, want ErrUntrusted", err)
	}
}
